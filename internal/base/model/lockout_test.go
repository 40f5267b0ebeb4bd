package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/risk"
)

func TestLockoutPolicyIsFilled(t *testing.T) {
	quarter := risk.Duration(15 * time.Minute)
	for name, given := range map[string]*model.LockoutPolicy{"none": nil, "an empty one": {}} {
		got := given.Filled()
		if got.Kind != model.LockoutCognito || got.Failures != 5 || got.Window != quarter || got.Duration != quarter ||
			got.FactorWeight == nil || *got.FactorWeight != 1 || got.PerNetwork != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	half := 0.5
	given := model.LockoutPolicy{
		Kind: model.LockoutBoth, Failures: 3, Window: risk.Duration(time.Hour), Duration: risk.Duration(time.Minute), FactorWeight: &half, PerNetwork: 9,
	}
	if got := given.Filled(); got != given {
		t.Errorf("got %+v, want what was given", got)
	}
}

func TestLockoutPolicyIsChecked(t *testing.T) {
	weight := func(w float64) model.LockoutPolicy { return model.LockoutPolicy{FactorWeight: &w} }
	for want, given := range map[string]model.LockoutPolicy{
		"lockout.kind":         {Kind: "linear"},
		"lockout.failures":     {Failures: 1001},
		"lockout.window":       {Window: risk.Duration(time.Second - 1)},
		"lockout.duration":     {Duration: risk.Duration(24*time.Hour + 1)},
		"lockout.perNetwork":   {PerNetwork: -1},
		"lockout.factorWeight": weight(0.09),
	} {
		err := (&model.ThreatPolicy{Lockout: &given}).Check()
		if err == nil || !strings.HasPrefix(err.Error(), want+":") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want a refusal of %s alone", err, want)
		}
	}
	for _, given := range []model.LockoutPolicy{
		{}, weight(0.1), weight(1),
		{Kind: model.LockoutThreshold, Failures: 1, Window: risk.Duration(time.Second), Duration: risk.Duration(24 * time.Hour), PerNetwork: 1_000_000},
	} {
		if err := (&model.ThreatPolicy{Lockout: &given}).Check(); err != nil {
			t.Errorf("%+v: %v", given, err)
		}
	}
}

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"203.0.113.9":           "203.0.113.0/24",
		"::ffff:203.0.113.9":    "203.0.113.0/24",
		"2001:db8:7:ffff::1":    "2001:db8:7::/48",
		"fe80::1%eth0":          "fe80::/48",
		"":                      "nowhere",
		"203.0.113.9:1234":      "nowhere",
		strings.Repeat("9", 99): "nowhere",
	} {
		if got := model.Network(ip); got != want {
			t.Errorf("%.40q: got %s, want %s", ip, got, want)
		}
	}
}
