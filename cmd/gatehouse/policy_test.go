package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/risk"
)

// policyOf reads the document that a guide shows as the command would.
func policyOf(t *testing.T, guide string) *model.ThreatPolicy {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs/guides", guide))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- policy: .*?-->\n```yaml\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s shows no policy", guide)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, found[1], 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := readPolicy(path)
	if err != nil {
		t.Fatalf("%s: %v", guide, err)
	}
	return p
}

func TestPoliciesOfTheGuides(t *testing.T) {
	b := policyOf(t, "policy.md").Breach
	if b == nil || b.Response != model.RespondFlag || b.Match != model.MatchBoth || b.MinimumCount.SignIn != 5 || b.Unreadable != model.UnreadableOpen {
		t.Errorf("policy.md: got %+v", b)
	}
	p := policyOf(t, "threat.md")
	a := p.Adaptive
	if a == nil || a.Preset != model.PresetBalanced || a.Actions.High != model.Block || a.LearningDays != 14 ||
		a.Detectors.UnusualHour.On || !a.Detectors.NewDevice.On || a.Detectors.ImpossibleTravel.Strange != risk.High ||
		len(p.Shadows) != 1 || !p.Breach.ChangeAfterReset {
		t.Errorf("threat.md: got %+v", p)
	}
}
