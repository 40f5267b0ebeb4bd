package signin

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/risk"
)

var dawn = time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)

func ruleBy(p model.LockoutPolicy) rule {
	return ruleOf(&model.Pool{Policy: &model.ThreatPolicy{Lockout: &p}})
}

var cognitoRule = ruleOf(&model.Pool{})

// aRule draws a policy.
func aRule(r *rapid.T) rule {
	return ruleBy(model.LockoutPolicy{
		Kind:     rapid.SampledFrom([]model.LockoutKind{"", model.LockoutCognito, model.LockoutThreshold, model.LockoutBoth}).Draw(r, "kind"),
		Failures: rapid.IntRange(0, 12).Draw(r, "failures"),
		Window:   aDuration(r, "window"),
		Duration: aDuration(r, "duration"),
	})
}

func aDuration(r *rapid.T, what string) risk.Duration {
	return risk.Duration(time.Duration(rapid.SampledFrom([]int{0, 1, 60, 900, 3600, 86400}).Draw(r, what)) * time.Second)
}

// TestLockoutRule plays attempts at random times against spec 10.1, word for word:
// a list of the counted failures since the last reset.
func TestLockoutRule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := dawn
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
	threshold := model.LockoutPolicy{Kind: model.LockoutThreshold, Failures: 3, Duration: risk.Duration(time.Minute)}
	both := threshold
	both.Kind = model.LockoutBoth
	for name, c := range map[string]struct {
		rule rule
		want map[int64]time.Duration
	}{
		"cognito": {cognitoRule, map[int64]time.Duration{
			1: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 14: 512 * time.Second,
			15: 15 * time.Minute, 16: 15 * time.Minute, 1000: 15 * time.Minute, math.MaxInt64 - 1: 15 * time.Minute,
		}},
		"threshold": {ruleBy(threshold), map[int64]time.Duration{
			1: 0, 2: 0, 3: time.Minute, 4: time.Minute, 20: time.Minute, math.MaxInt64 - 1: time.Minute,
		}},
		"both": {ruleBy(both), map[int64]time.Duration{
			1: 0, 2: 0, 3: time.Minute, 10: time.Minute, 11: 64 * time.Second, 15: 15 * time.Minute,
		}},
	} {
		for n, want := range c.want {
			l := c.rule.failed(model.Lockout{Failures: n - 1, ForgetAt: dawn.Add(time.Second)}, dawn)
			if got := max(0, l.LockedUntil.Sub(dawn)); got != want {
				t.Errorf("%s: failure %d locks for %v, want %v", name, n, got, want)
			}
		}
	}
}

// TestThresholdRule holds the threshold against its definition, read from the
// times of all failures.
func TestThresholdRule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		by := aRule(r)
		by.Kind = model.LockoutThreshold
		window, duration := time.Duration(by.Window), time.Duration(by.Duration)
		now := dawn
		var got model.Lockout
		var times []time.Time
		lockedUntil := func() (until time.Time) { // what so many failures with no longer pause between them bring
			together := 0
			for i, at := range times {
				if i > 0 && at.Sub(times[i-1]) >= window {
					together = 0
				}
				if together++; together >= by.Failures {
					until = at.Add(duration)
				}
			}
			return until
		}
		for range rapid.IntRange(1, 40).Draw(r, "attempts") {
			now = now.Add(aPause(r, got, now))
			if was, want := locked(got, now), now.Before(lockedUntil()); was != want {
				r.Fatalf("%v before the end of the lock: locked = %v, want %v", lockedUntil().Sub(now), was, want)
			} else if was {
				continue
			}
			if duration < window || !locked(got, now) {
				times = append(times, now)
				got = by.failed(got, now)
			}
		}
	})
}

// aPause is how long an attacker waits: not at all, until something ends, or at random.
func aPause(r *rapid.T, l model.Lockout, now time.Time) time.Duration {
	ends := []time.Duration{0, l.LockedUntil.Sub(now), l.ForgetAt.Sub(now)}
	if i := rapid.IntRange(0, 5).Draw(r, "how long to wait"); i < len(ends) {
		return max(0, ends[i])
	}
	return time.Duration(rapid.Int64Range(0, 2_000_000).Draw(r, "milliseconds")) * time.Millisecond
}

// Both curves together are at least as strict as either.
func TestBothLocksLonger(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		both, threshold := aRule(r), rule{}
		both.Kind = model.LockoutBoth
		threshold = both
		threshold.Kind = model.LockoutThreshold
		var l [3]model.Lockout
		now := dawn
		for range rapid.IntRange(1, 40).Draw(r, "attempts") {
			now = now.Add(aPause(r, l[0], now))
			if locked(l[0], now) {
				continue
			}
			for i, by := range []rule{both, threshold, cognitoRule} {
				if locked(l[i], now) {
					r.Fatalf("one of two curves locks until %v, both together until %v", l[i].LockedUntil, l[0].LockedUntil)
				}
				l[i] = by.failed(l[i], now)
			}
		}
	})
}

func TestFactorWeight(t *testing.T) {
	for weight, want := range map[float64]int64{1: 5, 0.5: 10, 0.3: 17, 0.1: 50} {
		by := ruleBy(model.LockoutPolicy{FactorWeight: &weight})
		var l model.Lockout
		for !locked(l, dawn) {
			l = by.wrongCode(l, dawn)
		}
		if l.Failures != want {
			t.Errorf("weight %v: wrong code %d locks, want %d", weight, l.Failures, want)
		}
	}
}

// target is one account under attack, with places where its owner is known.
type target struct {
	rule   rule
	whole  model.Lockout
	places []model.Lockout
}

// elsewhere is the number of every place where nobody is known.
const elsewhere = -1

func newTarget(by rule, places int) *target {
	a := &target{rule: by}
	for range places {
		a.places = append(a.places, model.Lockout{Subject: "a place"})
	}
	return a
}

// try is one attempt from a place, as settle and wrong have it.
func (a *target) try(place int, right bool, now time.Time) view {
	c := counts{rule: a.rule, account: a.whole}
	if place != elsewhere {
		c.place = a.places[place]
	}
	v := c.view(now)
	if v == shut {
		return v
	}
	if right {
		c = c.passed(now)
	} else {
		c = c.failed(now)
	}
	if c.account.Failures == 0 {
		c.account = model.Lockout{}
	}
	a.whole = c.account
	if place != elsewhere {
		a.places[place] = c.place
	}
	return v
}

// TestGuessesAreBounded is what the comment in lockout.go promises: whatever the
// order of times and places, no more guesses are looked at than the curve allows
// to one who guesses at it as well as can be, and five a day for each known place.
func TestGuessesAreBounded(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		by := aRule(r)
		a := newTarget(by, rapid.IntRange(0, 3).Draw(r, "known places"))
		now, guesses, spoken := dawn, 0, map[int]bool{}
		for range rapid.IntRange(1, 120).Draw(r, "guesses") {
			pause := aPause(r, a.whole, now)
			if now.Add(pause).Sub(dawn) > 30*time.Hour {
				break
			}
			now = now.Add(pause)
			place := rapid.IntRange(elsewhere, len(a.places)-1).Draw(r, "place")
			if place != elsewhere {
				spoken[place] = true
			}
			if a.try(place, false, now) != shut {
				guesses++
			}
		}
		days := 1 + int(now.Sub(dawn)/(24*time.Hour))
		if bound := best(by, now.Sub(dawn)) + 5*len(spoken)*days; guesses > bound {
			r.Fatalf("%d guesses in %v from %d known places, want at most %d", guesses, now.Sub(dawn), len(spoken), bound)
		}
	})
}

// TestTheCurveBinds makes sure that the bound is one: whoever waits for the best
// moment reaches it.
func TestTheCurveBinds(t *testing.T) {
	a := newTarget(cognitoRule, 0)
	now, guesses := dawn, 0
	for range 3 {
		for range 11 { // no other number is as many in its time
			now = later(now, a.whole.LockedUntil)
			if a.try(elsewhere, false, now) != open {
				t.Fatal("refused after the lock")
			}
			guesses++
		}
		if want := best(cognitoRule, now.Sub(dawn)); guesses != want {
			t.Errorf("%d guesses in %v, want %d", guesses, now.Sub(dawn), want)
		}
		now = a.whole.ForgetAt
	}
	if got, want := now.Sub(dawn)/3, 17*time.Minute+7*time.Second; got != want {
		t.Errorf("11 guesses take %v, want %v", got, want)
	}
}

// best is how many failures a policy lets pass in a time, by its definition: cycles of as many
// failures as one likes, each after the lock of the one before, and a pause after
// which all are forgotten, but none after the last.
func best(by rule, in time.Duration) int {
	lock := func(n int) (lock time.Duration) {
		if by.Kind != model.LockoutThreshold && n >= 5 {
			lock = time.Duration(math.Min(900, math.Pow(2, float64(n-5)))) * time.Second
		}
		if by.Kind != model.LockoutCognito && n >= by.Failures {
			lock = max(lock, time.Duration(by.Duration))
		}
		return lock
	}
	pause := func(n int) (pause time.Duration) {
		if by.Kind != model.LockoutThreshold {
			pause = lock(n) + 15*time.Minute
		}
		if by.Kind != model.LockoutCognito {
			pause = max(pause, lock(n), time.Duration(by.Window))
		}
		return pause
	}
	const most = 40 // a longer cycle is never better than two
	seconds := int(in / time.Second)
	found := make([]int, seconds+1) // by the seconds that are left
	for left := range found {
		at := 0
		for n := 1; n <= most && at <= left; n++ {
			found[left] = max(found[left], n)
			if after := at + int(pause(n)/time.Second); after <= left {
				found[left] = max(found[left], n+found[left-after])
			}
			at += int(lock(n) / time.Second)
		}
	}
	return found[seconds]
}

// Whoever is alone at an account sees the curve and nothing else, known or not.
func TestOneWhoIsAloneSeesTheCurve(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		by := aRule(r)
		known, unknown := newTarget(by, 1), newTarget(by, 0)
		now := dawn
		for i := range rapid.IntRange(1, 80).Draw(r, "attempts") {
			now = now.Add(aPause(r, unknown.whole, now))
			right := rapid.IntRange(0, 9).Draw(r, "right") == 0
			if got, want := known.try(0, right, now), unknown.try(elsewhere, right, now); got != want {
				r.Fatalf("attempt %d: view %v where the user is known, %v elsewhere", i, got, want)
			}
		}
	})
}

// The right password signs in from a known place whatever strangers do, as long as
// fewer wrong ones than five came from there.
func TestStrangersDoNotLockTheOwnerOut(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		by := aRule(r)
		allowed := 5
		if by.Kind != model.LockoutCognito {
			allowed = min(allowed, by.Failures)
		}
		a := newTarget(by, 3)
		now, typos := dawn, 0
		for range rapid.IntRange(1, 80).Draw(r, "attempts") {
			now = now.Add(aPause(r, a.whole, now))
			if rapid.IntRange(0, 9).Draw(r, "whose") > 0 {
				a.try(rapid.SampledFrom([]int{elsewhere, 1, 2}).Draw(r, "stranger"), false, now)
				continue
			}
			right := typos == allowed-1 || rapid.Bool().Draw(r, "right")
			was := a.whole
			v := a.try(0, right, now)
			if v == shut {
				r.Fatalf("the owner is locked out after %d typos", typos)
			}
			typos++
			if right {
				typos = 0
			}
			if v == quiet && a.whole != was {
				r.Fatalf("what strangers did is another count after the owner signed in: %+v, was %+v", a.whole, was)
			}
		}
	})
}

// A network that is refused is refused to all but a known device with failures to
// spare; being known in the network itself helps nobody.
func TestACrowdedNetwork(t *testing.T) {
	lock := model.Lockout{LockedUntil: dawn.Add(time.Second)}
	at := func(failures int64) model.Lockout {
		return model.Lockout{Subject: "a place", Failures: failures, ForgetAt: dawn.Add(time.Second)}
	}
	for name, c := range map[string]struct {
		counts counts
		want   view
	}{
		"a stranger":                             {counts{network: 10}, shut},
		"a stranger, before it is full":          {counts{network: 9}, open},
		"known in the network":                   {counts{network: 10, place: at(0)}, shut},
		"a known device":                         {counts{network: 10, place: at(4), device: true}, open},
		"a known device without spare":           {counts{network: 10, place: at(5), device: true}, shut},
		"a known device of a locked account":     {counts{network: 10, place: at(4), device: true, account: lock}, quiet},
		"a device without spare, before it is":   {counts{network: 9, place: at(5), device: true}, open},
		"a stranger, where nothing limits it":    {counts{network: 1 << 40, rule: cognitoRule}, open},
		"known there, where nothing limits it":   {counts{network: 1 << 40, rule: cognitoRule, account: lock, place: at(4)}, quiet},
		"without spare, where nothing limits it": {counts{network: 1 << 40, rule: cognitoRule, account: lock, place: at(5)}, shut},
	} {
		if c.counts.rule == (rule{}) {
			c.counts.rule = ruleBy(model.LockoutPolicy{PerNetwork: 10})
		}
		if got := c.counts.view(dawn); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
