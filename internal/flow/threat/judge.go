package threat

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Judgement is what was made of one attempt.
type Judgement struct {
	Context    Context
	Assessment risk.Assessment
	// Action is what follows from the level: NoAction where nothing does, as in AUDIT.
	Action model.Action
	// Notify says that the user is told, where the action is done.
	Notify bool
	// Skipped says that the address is on the list of those that are not judged.
	Skipped bool
	// Learning says that the level would have had an action, but not enough is known of the user yet.
	Learning bool

	shadows []model.ShadowVerdict
	fact    string     // that would have lowered the level, had the user been known for it
	without risk.Level // the level it would have been
}

// Level is that of the attempt.
func (j *Judgement) Level() risk.Level {
	if j == nil || j.Skipped {
		return risk.None
	}
	return j.Assessment.Level
}

// Judge weighs one attempt to sign in. image is the user's profile as stored, nil
// when there is none. It returns nil where the pool's mode is OFF. Nothing is
// written, and nothing is learned before Learn. Where the password was not proved,
// the attempt is rated and nothing follows from that. What single fact would have helped
// is worked out only where the password was proved: it takes long, and nothing
// that takes long may tell a user from a name that nobody has.
func (t *Threat) Judge(p *model.Pool, c *model.Client, image []byte, at Context, proved bool) *Judgement {
	mode := p.Mode()
	if mode == model.ModeOff {
		return nil
	}
	j := &Judgement{Context: at, Action: model.NoAction}
	by := t.engine(p, c)
	if mode == model.ModeEnforced && by.exceptions.skips(at.Address) {
		j.Skipped = true
		return j
	}
	var profile risk.Profile
	t.open(p, at.User, image, &profile)
	world := t.world(p.ID).world
	j.Assessment = by.live.Assess(&at.Attempt, &profile, world)
	if level := j.Assessment.Level; level > risk.None {
		does := t.response(p, c, adaptive(p, c), level)
		j.Learning = proved && does.Action != model.NoAction && learns(&profile, adaptive(p, c), at.Time)
		if proved {
			j.fact, j.without = by.live.Counterfactual(&at.Attempt, &profile, world)
		}
		if proved && mode == model.ModeEnforced && !j.Learning {
			j.Action, j.Notify = does.Action, does.Notify
		}
	}
	for _, s := range by.shadows {
		a := s.engine.Assess(&at.Attempt, &profile, world)
		v := model.ShadowVerdict{Name: s.name, Level: a.Level.String(), Score: a.Score, Action: model.NoAction}
		if proved && a.Level > risk.None && !learns(&profile, s.adaptive, at.Time) {
			v.Action = t.response(p, c, s.adaptive, a.Level).Action
		}
		j.shadows = append(j.shadows, v)
	}
	return j
}

// Rate rates a request that proves nothing, such as one for a code: how often such
// a user may ask depends on it. known tells that it comes from a device of the user's: a
// network others have too, and could tell by it who is known there. It reads the profile itself, and is not for the mode OFF.
func (t *Threat) Rate(tx *store.Tx, p *model.Pool, c *model.Client, subject string, from model.Origin) (l risk.Level, known bool, err error) {
	image, err := tx.Profile(p.ID, subject)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return l, false, fmt.Errorf("read profile: %w", err)
	}
	l = t.Judge(p, c, image, t.Context(p, subject, from, ""), false).Level()
	return l, t.Recognise(p, c, image, from).Device != "", nil
}

// open reads a profile. One that is damaged is none, which the assessment says
// and holds against the attempt: what cannot be read must not pass for harmless.
func (t *Threat) open(p *model.Pool, subject string, image []byte, into *risk.Profile) {
	if err := into.UnmarshalBinary(image); err != nil {
		t.cfg.Log.Error("what was learned of a user cannot be read; it begins anew", "pool", p.ID, "sub", subject, "error", err)
		t.cfg.Meter.Add(report.ProfilesLost, p.ID)
	}
}

// learns tells whether too little is known of a user to act upon a level.
func learns(profile *risk.Profile, a *model.AdaptivePolicy, now time.Time) bool {
	if a == nil || a.LearningDays == 0 {
		return false
	}
	return profile.Empty() || now.Before(profile.Since().AddDate(0, 0, a.LearningDays))
}

// Learn teaches the user's profile how an attempt ended, inside the Update that
// tells it, and reads the row again for that: attempts that end at the same time
// all count. Where nobody has the name, the same statements run and nothing is
// kept. After the commit, LearnWorld teaches everybody's.
func (t *Threat) Learn(tx *store.Tx, p *model.Pool, c *model.Client, at Context, o risk.Outcome, l risk.Level, known bool) error {
	if p.Mode() == model.ModeOff {
		return nil
	}
	image, err := tx.Profile(p.ID, at.User)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read profile: %w", err)
	}
	if !known {
		return tx.DropProfile(p.ID, at.User)
	}
	var profile risk.Profile
	t.open(p, at.User, image, &profile)
	t.engine(p, c).live.Learn(&at.Attempt, &profile, nil, o, l)
	if image, err = profile.AppendBinary(image[:0]); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	if err := tx.SaveProfile(p.ID, at.User, image); err != nil {
		return fmt.Errorf("save profile: %w", err)
	}
	return nil
}

// LearnWorld teaches what is known of everybody how an attempt ended. Call it
// once, after the Update that told it was committed.
func (t *Threat) LearnWorld(p *model.Pool, c *model.Client, at Context, o risk.Outcome, l risk.Level) {
	if p.Mode() == model.ModeOff {
		return
	}
	h := t.world(p.ID)
	t.engine(p, c).live.Learn(&at.Attempt, nil, h.world, o, l)
	h.fresh.Store(true)
}

// Count tells operations what was made of a proved attempt.
func (t *Threat) Count(p *model.Pool, j *Judgement) {
	action := string(j.Action)
	if j.Learning {
		action = "learning"
	}
	t.cfg.Meter.Add(report.SignInsJudged, p.ID, j.Level().String(), action)
}

// CountBlocked tells operations that a request of an address that is always blocked was refused.
func (t *Threat) CountBlocked(p *model.Pool, typ model.EventType) {
	t.cfg.Meter.Add(report.AddressesBlocked, p.ID, string(typ))
}
