package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// TestPolicyOfTheGuide reads the document in docs/guides/policy.md as the command would.
func TestPolicyOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- policy: .*?-->\n```yaml\n(.*?)```").FindSubmatch(guide)
	if found == nil {
		t.Fatal("the guide shows no policy")
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, found[1], 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := readPolicy(path)
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Breach; b == nil || b.Response != model.RespondFlag || b.Match != model.MatchBoth || b.MinimumCount.SignIn != 5 || b.Unreadable != model.UnreadableOpen {
		t.Errorf("got %+v", p.Breach)
	}
}
