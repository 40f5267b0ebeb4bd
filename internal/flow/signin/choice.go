package signin

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// USER_AUTH lets the user, or the client for the user, choose what to prove first:
//
//	Start ─┬─ PREFERRED_CHALLENGE, if it can be had ──┬─ with its answer ── as if answered
//	       │                                          └─ the challenge ── answer ── next
//	       └─ SELECT_CHALLENGE ── ANSWER ── (the same)
//
// firstfactor.go is the table of what there is.

var nothingToChoose = fault.New(fault.InvalidParameter, "No challenge is available for the user.")

// startChoice is USER_AUTH.
func (s *Signin) startChoice(ctx context.Context, a Attempt) (*Outcome, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, a.Parameters["USERNAME"], a.Origin)
	if err != nil {
		return nil, err
	}
	if !m.client.Allows("USER_AUTH") {
		return nil, notEnabled(a, "USER_AUTH is not enabled for the client.")
	}
	if _, err := required(a.Parameters, "USERNAME"); err != nil {
		return nil, err
	}
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	m.brings(a.Parameters)
	if a.Session != "" {
		return s.startConfirmed(ctx, m, a.Session)
	}
	if f, ok := m.choice(a.Parameters["PREFERRED_CHALLENGE"]); ok {
		return s.choose(ctx, m, f, a.Parameters)
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	return s.askChoice(m)
}

// startConfirmed signs in whoever has just confirmed a sign-up: the code that did
// it stands for the password, without being sent again.
func (s *Signin) startConfirmed(ctx context.Context, m *party, text string) (*Outcome, error) {
	c, err := s.cfg.Accounts.Continue(text)
	if err != nil {
		return nil, err
	}
	m.first = byEmail
	if c.Attribute == bySMS.address() {
		m.first = bySMS
	}
	ss := session{ID: c.ID, ExpiresAt: c.ExpiresAt}
	f, offered := m.choice(string(m.first))
	switch {
	case m.user == nil || c.Sub != m.user.Sub || c.ClientID != m.client.ID || !offered || !m.can(f) || m.user.Status != model.Confirmed:
		return nil, invalidSession
	case s.cfg.Now().UnixMicro() >= c.ExpiresAt:
		return nil, expiredSession
	}
	if err := s.unspent(ctx, ss); err != nil {
		return nil, err
	}
	m.session = ss
	return s.next(ctx, m)
}

// askChoice is SELECT_CHALLENGE. With a passkey among the choices it is that
// challenge as well, so that the choice can come with the answer.
func (s *Signin) askChoice(m *party) (_ *Outcome, err error) {
	ss, parameters := session{Challenge: shape.ChallengeNameTypeSelectChallenge}, map[string]string{}
	var available []string
	for _, f := range m.choices() {
		available = append(available, string(f.by))
		if f.by == byPasskey {
			if parameters[credentialOptions], err = s.passkeyOptions(m, &ss); err != nil {
				return nil, err
			}
		}
	}
	if len(available) == 0 {
		return nil, nothingToChoose
	}
	box, err := s.sealSession(m, ss, m.client.SessionValidity())
	if err != nil {
		return nil, err
	}
	return &Outcome{
		Challenge: ss.Challenge, Session: encodeSession(box), Parameters: parameters, Available: available,
	}, nil
}

// choose goes on with a factor. The answer to it may have come along.
func (s *Signin) choose(ctx context.Context, m *party, f firstFactor, responses map[string]string) (*Outcome, error) {
	m.first = f.by
	if err := s.known(m); err != nil {
		return nil, err
	}
	if f.given != "" && responses[f.given] != "" {
		return f.answer(s, ctx, m, responses)
	}
	return f.ask(s, ctx, m)
}

// answerSelect goes on with what was chosen among those available.
func (s *Signin) answerSelect(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resumeFirst(ctx, a)
	if err != nil {
		return nil, err
	}
	answer, err := required(a.Responses, "ANSWER")
	if err != nil {
		return nil, err
	}
	f, ok := m.choice(answer)
	if !ok {
		return nil, fault.New(fault.InvalidParameter, "ANSWER must be one of the available challenges.")
	}
	return s.choose(ctx, m, f, a.Responses)
}

// answerFirst proves a first factor that was asked for.
func (s *Signin) answerFirst(ctx context.Context, a Answer) (*Outcome, error) {
	m, err := s.resumeFirst(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, f := range firstFactors() {
		if string(f.by) == a.Challenge && f.offered(m.pool) {
			m.first = f.by
			if err := s.known(m); err != nil {
				return nil, err
			}
			return f.answer(s, ctx, m, a.Responses)
		}
	}
	return nil, invalidSession // the pool no longer lets anybody in by it
}

// asksFirst tells whether an answer is to a challenge that nobody was proved
// before: EMAIL_OTP can be the first factor and the second. What is wrong with the
// session is told by whoever resumes it.
func (s *Signin) asksFirst(a Answer) bool {
	box, err := decodeSession(a.Session)
	if err != nil {
		return false
	}
	ss, err := s.openFor(box, a.ClientID, a.Challenge)
	return err == nil && ss.First == byNothing
}

// resumeFirst goes on with a sign-in of which nothing is proved yet, and whose
// name may be nobody's.
func (s *Signin) resumeFirst(ctx context.Context, a Answer) (*party, error) {
	ss, err := s.sessionOf(a)
	if err != nil {
		return nil, err
	}
	m, err := s.meet(ctx, a.PoolID, ss.ClientID, ss.Name, a.Origin)
	if err != nil {
		return nil, err
	}
	if err := s.unspent(ctx, ss); err != nil {
		return nil, err
	}
	sub, userID := nobody, m.name
	if m.user != nil {
		sub, userID = m.user.Sub, m.user.Username
	}
	if ss.First != byNothing || ss.Sub != sub || !m.client.Allows("USER_AUTH") || !m.answersTo(a.Responses["USERNAME"]) {
		return nil, invalidSession
	}
	m.session, m.brought.key = ss, ss.Device
	m.brings(a.Responses)
	if err := s.checkSecretHashOf(m, a.Responses, userID); err != nil {
		return nil, err
	}
	return m, s.admit(ctx, m)
}
