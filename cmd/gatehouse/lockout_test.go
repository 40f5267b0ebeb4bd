package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

func TestPolicyOfTheLockoutGuide(t *testing.T) {
	l := policyOf(t, "lockout.md").Lockout
	if l == nil || l.Kind != model.LockoutBoth || l.Failures != 10 || l.Window != risk.Duration(15*time.Minute) ||
		l.Duration != risk.Duration(30*time.Minute) || *l.FactorWeight != 0.5 || l.PerNetwork != 200 {
		t.Errorf("got %+v", l)
	}
}

func TestAnEventTellsOfItsLock(t *testing.T) {
	for until, want := range map[time.Time]bool{{}: false, time.Date(2026, 11, 3, 4, 5, 7, 0, time.UTC): true} {
		var out bytes.Buffer
		tellEvent(&out, &threat.Told{Event: model.Event{Detail: model.EventDetail{LockedUntil: until}}})
		if got := strings.Contains(out.String(), "the failure locked until 2026-11-03 04:05:07\n"); got != want {
			t.Errorf("locked until %v: got %q", until, out.String())
		}
	}
}
