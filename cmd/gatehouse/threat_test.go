package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// TestPoliciesOfTheEventsGuide reads the documents in docs/guides/events.md as the command would.
func TestPoliciesOfTheEventsGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/events.md")
	if err != nil {
		t.Fatal(err)
	}
	var read []*model.ThreatPolicy
	for _, found := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(guide, -1) {
		path := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(path, found[1], 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := readPolicy(path)
		if err != nil {
			t.Fatalf("%s\n%v", found[1], err)
		}
		read = append(read, p)
	}
	if len(read) != 2 {
		t.Fatalf("the guide shows %d policies, want 2", len(read))
	}
	if got, want := read[0].Disowned(), (model.OnInvalid{SignOut: true, Reset: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if h := read[1].History; h == nil || h.Days != 365 || h.AfterDeletion != model.PseudonymiseEvents {
		t.Errorf("got %+v", h)
	}
}

func TestReasonWords(t *testing.T) {
	reasons := func(list ...model.RiskReason) *model.RiskDetail { return &model.RiskDetail{Reasons: list} }
	for _, c := range []struct {
		story, want string
		detail      model.EventDetail
	}{
		{"nothing was judged", "", model.EventDetail{}},
		{"what speaks for the user is no reason", "", model.EventDetail{Risk: reasons(model.RiskReason{Code: "KNOWN_DEVICE", Nats: -2})}},
		{"a rule is one whatever its evidence", "STRANGE_SIGN_IN", model.EventDetail{Risk: reasons(model.RiskReason{Code: "STRANGE_SIGN_IN", Floor: "medium"})}},
		{"a leaked password is one", "LEAKED_PASSWORD NEW_DEVICE", model.EventDetail{Compromised: true, Risk: reasons(model.RiskReason{Code: "NEW_DEVICE", Nats: 1})}},
		{"three are named and the others counted", "A B C +2", model.EventDetail{Risk: reasons(
			model.RiskReason{Code: "A", Nats: 5}, model.RiskReason{Code: "B", Nats: 4}, model.RiskReason{Code: "C", Nats: 3},
			model.RiskReason{Code: "D", Nats: 2}, model.RiskReason{Code: "E", Nats: 1}, model.RiskReason{Code: "F", Nats: -1})}},
	} {
		t.Run(c.story, func(t *testing.T) {
			if got := reasonWords(&c.detail); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCell(t *testing.T) {
	for text, want := range map[string]string{"": "-", "Oslo": "Oslo", "a\tb\nc\x1b[2J\u202ed": "abc[2Jd", "\n": "-"} {
		if got := cell(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
