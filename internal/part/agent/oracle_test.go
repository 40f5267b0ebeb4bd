package agent_test

import (
	"testing"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

func TestOracle(t *testing.T) {
	oracle, err := uaparser.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range corpus(t) {
		theirs := oracle.Parse(r.agent)
		ours := agent.Parse(r.agent)
		t.Logf("%s\n ours   %s %d | %s %s\n theirs %s %s | %s %s.%s", r.agent, ours.Family, ours.Major, ours.OS, ours.OSVersion, theirs.UserAgent.Family, theirs.UserAgent.Major, theirs.Os.Family, theirs.Os.Major, theirs.Os.Minor)
	}
}
