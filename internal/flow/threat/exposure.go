package threat

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Fresh is what is known of a password that was just set and judged.
func (f Finding) Fresh(now time.Time) model.Exposure { return f.After(model.Exposure{}, now) }

// ChangeDue tells whether a user who resets the password that is theirs by now must
// set yet another one at the next sign-in: it is known to be leaked, and the policy
// asks for that.
func ChangeDue(p *model.Pool, c *model.Client, was model.Exposure) bool {
	return was.Leaked() && p.Mode() == model.ModeEnforced && Effective(p, c).Breach.ChangeAfterReset
}

// After is what is known of a password after it was judged once more. What was
// found by a pair stays until the password is another: the list may not be in
// use yet. What was found by its count ends when the count does, as by an
// allowance or a higher minimum.
func (f Finding) After(was model.Exposure, now time.Time) model.Exposure {
	switch {
	case f.Compromised && was.Leaked():
		return was
	case f.Compromised:
		return model.Exposure{LeakedAt: now, LeakedBy: f.Matched}
	case !f.Checked || was.Leaked() && was.LeakedBy != model.MatchPasswords:
		return was
	}
	return model.Exposure{Edition: f.Edition}
}
