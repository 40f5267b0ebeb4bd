package signin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// attributePrefix marks attributes among the challenge's names and answers.
const attributePrefix = "userAttributes."

// askNewPassword makes a user replace a temporary password before any token is given.
func (s *Signin) askNewPassword(ctx context.Context, m *party) (*Outcome, error) {
	err := s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		if err := s.spend(tx, m); err != nil {
			return nil, err
		}
		return nil, s.record(tx, m, model.EventInProgress, m.first.right())
	})
	if err != nil {
		return nil, err
	}
	box, err := s.sealSession(m, m.proven(session{Challenge: shape.ChallengeNameTypeNewPasswordRequired}, m.user), m.client.SessionValidity())
	if err != nil {
		return nil, err
	}
	missing := []string{}
	for _, name := range missingAttributes(m.pool, m.user.Attributes) {
		missing = append(missing, attributePrefix+name)
	}
	shown := maps.Clone(m.user.Attributes)
	maps.DeleteFunc(shown, func(name, _ string) bool { return !account.Readable(m.client, name) })
	return &Outcome{
		Challenge: shape.ChallengeNameTypeNewPasswordRequired,
		Session:   encodeSession(box),
		Parameters: map[string]string{
			"USER_ID_FOR_SRP":    m.user.Username,
			"requiredAttributes": string(wire.Must(missing)),
			"userAttributes":     string(wire.Must(shown)),
		},
	}, nil
}

// missingAttributes lists the attributes that the pool requires and the user lacks.
func missingAttributes(p *model.Pool, have map[string]string) []string {
	var missing []string
	for _, a := range p.Doc.SchemaAttributes {
		name := wire.Of(a.Name)
		if wire.Of(a.Required) && name != "sub" && have[name] == "" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// answerNewPassword sets the password that the user chose, and the attributes
// that came with it, and goes on to the second factor.
func (s *Signin) answerNewPassword(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if m.user.Status != model.ForceChangePassword && !(m.user.Status == model.ResetRequired && m.resets()) {
		return nil, invalidSession
	}
	plain, err := required(a.Responses, "NEW_PASSWORD")
	if err != nil {
		return nil, err
	}
	changes := map[string]string{}
	for key, value := range a.Responses {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			changes[name] = value
		}
	}
	return s.replacePassword(ctx, m, plain, changes)
}

// answersTo tells whether a challenge's answer names the user whom the session
// is of. The session alone decides who signs in; an answer for somebody else
// shows a client that mixed up two sign-ins, before it sets a password.
func (m *party) answersTo(name string) bool {
	same := func(other string) bool { return m.pool.Fold(name) == m.pool.Fold(other) }
	return name == "" || same(m.name) || m.user != nil && (same(m.user.Username) || name == m.user.Sub)
}

func (s *Signin) replacePassword(ctx context.Context, m *party, plain string, changes map[string]string) (*Outcome, error) {
	if !m.user.Enabled {
		return nil, disabled
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		// As Cognito does: a required attribute is asked for where it is missing, and
		// whoever knows no more than a temporary password changes no address.
		if a := m.pool.Attribute(name); a != nil && wire.Of(a.Required) && m.user.Attributes[name] != "" {
			return nil, fault.Newf(fault.NotAuthorized, "Cannot modify an already provided %s", name)
		}
	}
	changed, err := s.cfg.Accounts.CheckAttributes(m.pool, m.client, m.user, changes)
	if err != nil {
		return nil, err
	}
	if missing := missingAttributes(m.pool, changed.Attributes); len(missing) > 0 {
		return nil, fault.Newf(fault.InvalidParameter, "Invalid attributes given, %s is missing", missing[0])
	}
	history, finding, err := s.checkNewPassword(ctx, m, plain)
	if err != nil {
		return nil, err
	}
	changed.Credential, err = s.cfg.Credential.Make(ctx, m.pool, changed, plain, false)
	if err != nil {
		return nil, err
	}
	changed.Status, changed.ModifiedAt = model.Confirmed, s.cfg.Now()
	changed.Exposure = finding.Fresh(s.cfg.Now())
	return s.conclude(ctx, m, changed, func(tx *store.Tx) error {
		now, err := tx.User(m.pool.ID, changed.Sub)
		if err != nil {
			return fmt.Errorf("read user %s: %w", changed.Sub, err)
		}
		if !now.ModifiedAt.Equal(m.user.ModifiedAt) {
			return errChanged // what changed meanwhile, say an attribute, must not be written over
		}
		if err := s.cfg.Accounts.SaveAttributes(tx, m.pool, changed); err != nil {
			return err
		}
		if err := tx.SetHistory(m.pool.ID, changed.Sub, history); err != nil {
			return fmt.Errorf("keep password history of user %s: %w", changed.Sub, err)
		}
		return s.recordChange(tx, m, model.EventPass, finding)
	})
}

// checkNewPassword holds a new password against policy, history and corpus; it
// returns the history to store with it.
func (s *Signin) checkNewPassword(ctx context.Context, m *party, plain string) ([]byte, threat.Finding, error) {
	var finding threat.Finding
	if err := s.cfg.Credential.CheckPolicy(m.pool, plain); err != nil {
		return nil, finding, err
	}
	var history []byte
	err := s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		history, err = tx.History(m.pool.ID, m.user.Sub)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, finding, errChanged
	}
	if err != nil {
		return nil, finding, fmt.Errorf("load password history of user %s: %w", m.user.Sub, err)
	}
	reused, err := s.cfg.Credential.Reused(ctx, m.pool, m.user, history, plain)
	if err != nil {
		return nil, finding, err
	}
	if reused {
		return nil, finding, s.refuseChange(ctx, m, finding, fault.New(fault.PasswordHistoryViolation, "Password has previously been used."))
	}
	finding = s.cfg.Threat.Password(m.standard, m.client, m.user, threat.PasswordChange, plain)
	if refusal := finding.Refusal(); refusal != nil {
		return nil, finding, s.refuseChange(ctx, m, finding, refusal)
	}
	history, err = s.cfg.Credential.Remember(m.pool, m.user, history)
	return history, finding, err
}

// refuseChange keeps the event of a new password that was refused, and returns
// why. Only the event is stored: the session stays good for another password.
func (s *Signin) refuseChange(ctx context.Context, m *party, f threat.Finding, why error) error {
	err := s.cfg.Store.Update(ctx, func(tx *store.Tx) error { return s.recordChange(tx, m, model.EventFail, f) })
	if err != nil {
		return err
	}
	return why
}

// recordChange saves the event of the new password, beside that of the sign-in.
func (s *Signin) recordChange(tx *store.Tx, m *party, response model.EventResponse, f threat.Finding) error {
	e := s.cfg.Threat.Record(m.standard, m.client.ID, m.user.Sub, model.EventPasswordChange, response, f, m.origin, "")
	if e == nil {
		return nil
	}
	if err := tx.SaveEvent(e); err != nil {
		return fmt.Errorf("save event: %w", err)
	}
	return nil
}
