package model

import (
	"errors"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// LockoutPolicy says when failed passwords lock. Whatever it says, the failures
// of one account are counted apart for each place they come from, so that a
// stranger's failures do not lock out the owner's known device.
type LockoutPolicy struct {
	// Kind is the curve; default cognito.
	Kind LockoutKind `json:"kind,omitzero"`
	// Failures within Window lock for Duration, with LockoutThreshold and
	// LockoutBoth; defaults 5, 15m and 15m.
	Failures int           `json:"failures,omitzero"`
	Window   risk.Duration `json:"window,omitzero"`
	Duration risk.Duration `json:"duration,omitzero"`
	// FactorWeight is how much of a failure a wrong code of a second factor is; 0 to 1, default 1.
	FactorWeight *float64 `json:"factorWeight,omitzero"`
}

// LockoutKind is a curve of locks.
type LockoutKind string

// LockoutCognito locks 2^(n-5) s from the fifth failure, up to 15 minutes;
// LockoutThreshold locks by Failures, Window and Duration; LockoutBoth by
// whichever locks longer.
const (
	LockoutCognito   = LockoutKind("cognito")
	LockoutThreshold = LockoutKind("threshold")
	LockoutBoth      = LockoutKind("both")
)

func (l *LockoutPolicy) check() error {
	if l == nil {
		return nil
	}
	errs := []error{
		oneOf("lockout.kind", l.Kind, LockoutCognito, LockoutThreshold, LockoutBoth),
		between("lockout.failures", l.Failures, 0, 1000),
	}
	for _, d := range []struct {
		member string
		is     risk.Duration
	}{{"lockout.window", l.Window}, {"lockout.duration", l.Duration}} {
		if d.is != 0 && (time.Duration(d.is) < time.Second || time.Duration(d.is) > 24*time.Hour) {
			errs = append(errs, errors.New(d.member+": not between 1s and 24h"))
		}
	}
	if w := l.FactorWeight; w != nil && !(*w >= 0 && *w <= 1) {
		errs = append(errs, errors.New("lockout.factorWeight: not between 0 and 1"))
	}
	return errors.Join(errs...)
}
