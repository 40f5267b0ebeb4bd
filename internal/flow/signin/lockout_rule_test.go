package signin

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

var cognitoRule = ruleOf(&model.Pool{})

// TestLockoutRule plays attempts at random times against spec 10.1, word for word:
// a list of the counted failures since the last reset.
func TestLockoutRule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
		var got model.Lockout
		failures := 0           // n of the formula
		lockedUntil := now      // the end of the running or last lockout
		lastFailure := now      // when n grew
		const longest = 15 * 60 // seconds, "about 15 minutes"
		const quiet = 15 * 60.0 // seconds without a counted attempt

		for range rapid.IntRange(1, 60).Draw(r, "attempts") {
			wait := rapid.OneOf(
				rapid.Int64Range(0, 3000), rapid.Int64Range(0, 1_200_000), rapid.Int64Range(0, 3_000_000),
			).Draw(r, "milliseconds before the attempt")
			now = now.Add(time.Duration(wait) * time.Millisecond)

			if was, want := locked(got, now), failures >= 5 && now.Before(lockedUntil); was != want {
				r.Fatalf("after %d failures, %v before the end of the lockout: locked = %v, want %v", failures, lockedUntil.Sub(now), was, want)
			} else if was {
				continue // not counted, and does not lengthen it
			}
			if now.Sub(lastFailure).Seconds() >= quiet && now.Sub(lockedUntil).Seconds() >= quiet {
				failures = 0
			}
			failures++
			lastFailure = now
			if failures >= 5 {
				seconds := math.Min(math.Pow(2, float64(failures-5)), longest)
				lockedUntil = now.Add(time.Duration(seconds * float64(time.Second)))
			}
			got = cognitoRule.failed(got, now)
			if got.Failures != int64(failures) {
				r.Fatalf("got %d failures, want %d", got.Failures, failures)
			}
			if failures < 5 && locked(got, now) {
				r.Fatalf("locked after %d failures", failures)
			}
			if failures >= 5 && !got.LockedUntil.Equal(lockedUntil) {
				r.Fatalf("failure %d locks for %v, want %v", failures, got.LockedUntil.Sub(now), lockedUntil.Sub(now))
			}
		}
	})
}

func TestLockoutTable(t *testing.T) {
	now := time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	for n, want := range map[int64]time.Duration{
		1: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 14: 512 * time.Second,
		15: 15 * time.Minute, 16: 15 * time.Minute, 1000: 15 * time.Minute, math.MaxInt64 - 1: 15 * time.Minute,
	} {
		l := cognitoRule.failed(model.Lockout{Failures: n - 1, ForgetAt: now.Add(time.Second)}, now)
		if got := max(0, l.LockedUntil.Sub(now)); got != want {
			t.Errorf("failure %d locks for %v, want %v", n, got, want)
		}
	}
}
