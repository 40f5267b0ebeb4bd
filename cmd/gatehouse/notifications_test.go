package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// TestPolicyOfTheNotificationsGuide reads the document in docs/guides/notifications.md as the command would.
func TestPolicyOfTheNotificationsGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- policy: cmd/gatehouse/notifications_test.go reads it -->\n```yaml\n(.*?)```").FindSubmatch(guide)
	if found == nil {
		t.Fatal("the guide has no policy")
	}
	document, err := yaml.YAMLToJSON(found[1])
	if err != nil {
		t.Fatal(err)
	}
	p, err := threat.ParsePolicy(document)
	if err != nil {
		t.Fatal(err)
	}
	for f, told := range map[model.AlertFinding]bool{
		model.AlertBlocked: true, model.AlertCompromised: true, model.AlertLocked: true, model.AlertChallenged: false, model.AlertInvalid: false,
	} {
		if p.Alerts.Tells(f) != told {
			t.Errorf("%s: got %t", f, p.Alerts.Tells(f))
		}
	}
}
