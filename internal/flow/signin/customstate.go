package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// custom is what a custom sign-in carries from one challenge to the next, in its session.
type custom struct {
	Results []customResult `json:"r,omitzero"` // the challenges that were answered, in order
	A       string         `json:"A,omitzero"` // the client's SRP_A, until a password is asked for
	// Of the CUSTOM_CHALLENGE that is asked.
	Private  map[string]string `json:"p,omitzero"`
	Metadata *string           `json:"m,omitzero"`
	// Parked tells that the store keeps all of this, for the session does not hold it.
	Parked bool `json:"k,omitzero"`
	Done   bool `json:"d,omitzero"` // tokens are to be issued
}

// customResult is a challenge that was answered, written short.
type customResult struct {
	Name     string  `json:"n,omitzero"` // empty for CUSTOM_CHALLENGE
	Wrong    bool    `json:"w,omitzero"`
	Metadata *string `json:"m,omitzero"`
}

// srpA is the name of the parameter, and of the first result of a sign-in that begins with it.
const srpA = "SRP_A"

// maxAnswers bounds the challenges of one sign-in: a function that never decides must
// not let anybody guess for ever.
const maxAnswers = 24

// pending tells whether it is a custom sign-in that is not decided on yet.
func (c *custom) pending() bool { return c != nil && !c.Done }

func (c *custom) add(name string, right bool, metadata *string) {
	if name == shape.ChallengeNameTypeCustomChallenge {
		name = ""
	}
	c.Results = append(c.Results, customResult{name, !right, metadata})
}

// answered notes the answer to the CUSTOM_CHALLENGE that was asked.
func (c *custom) answered(right bool) {
	c.add(shape.ChallengeNameTypeCustomChallenge, right, c.Metadata)
	c.Private, c.Metadata, c.Parked = nil, nil, false
}

// session is how functions read the results.
func (c *custom) session() []trigger.Result {
	list := make([]trigger.Result, 0, len(c.Results))
	for _, r := range c.Results {
		name := r.Name
		if name == "" {
			name = shape.ChallengeNameTypeCustomChallenge
		}
		list = append(list, trigger.Result{Name: name, Right: !r.Wrong, Metadata: r.Metadata})
	}
	return list
}

// decided forgets what only decides.
func (c *custom) decided() { *c = custom{Done: true} }

// results are what the event of a sign-in that failed tells of its challenges.
func (c *custom) results(m *party) []model.ChallengeResult {
	list := []model.ChallengeResult{byCustom.wrong()}
	if m.first.ofPassword() {
		list = append([]model.ChallengeResult{m.first.right()}, list...)
	}
	return list
}

// resets tells whether a user whose password must be reset sets a new one at the end
// of a custom sign-in that the old one was proved in, as Cognito has it. One that is
// known to be leaked proves nothing.
func (m *party) resets() bool {
	return m.custom != nil && m.custom.Done && m.first.ofPassword() && !m.user.Exposure.Leaked()
}

const (
	// maxSession is the most characters that a Session has on the wire.
	maxSession = 2048
	// maxParked bounds what a session may stand for beyond that, in bytes.
	maxParked = 64 << 10

	purposeParked = "parked session"
)

// sealText is the session of a challenge as the client gets it. What a function keeps
// in a custom sign-in may be more than it holds; then the store has it.
func (s *Signin) sealText(ctx context.Context, m *party, ss session) (string, error) {
	if ss.ID == "" {
		id, err := s.newID()
		if err != nil {
			return "", err
		}
		ss.ID = id
	}
	life := m.client.SessionValidity()
	box, err := s.sealSession(m, ss, life)
	if err != nil {
		return "", err
	}
	text := encodeSession(box)
	if len(text) <= maxSession || m.custom == nil {
		return text, nil
	}
	all := wire.Must(m.custom)
	if len(all) > maxParked {
		return "", unrecognizable.Because(errors.New("the functions keep too much in one sign-in"))
	}
	m.custom = &custom{Parked: true}
	if box, err = s.sealSession(m, ss, life); err != nil {
		return "", err
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Park(ss.ID, s.cfg.Ring.Seal(purposeParked, all), s.cfg.Now().Add(life))
	})
	if err != nil {
		return "", fmt.Errorf("park a session: %w", err)
	}
	return encodeSession(box), nil
}

// unpark reads what the store has of the session that is answered.
func (s *Signin) unpark(ctx context.Context, m *party) error {
	if m.custom == nil || !m.custom.Parked {
		return nil
	}
	var box []byte
	err := s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		box, err = tx.Parked(m.session.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return expiredSession
	}
	if err != nil {
		return fmt.Errorf("read a parked session: %w", err)
	}
	all, err := s.cfg.Ring.Open(purposeParked, box)
	if err != nil {
		return fmt.Errorf("open a parked session: %w", err)
	}
	m.custom = new(custom)
	return wire.Read(all, m.custom)
}
