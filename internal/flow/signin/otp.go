package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

// codeNames are the names under which clients answer each challenge.
var codeNames = map[proof]string{byEmail: "EMAIL_OTP_CODE", bySMS: "SMS_OTP_CODE"}

// address is the attribute that codes of the factor are sent to.
func (p proof) address() string {
	if p == bySMS {
		return "phone_number"
	}
	return "email"
}

// askCode sends a code that stands for a password. Anybody can ask for one, in
// anybody's name: the hour's codes are counted, apart from those of second factors.
func (s *Signin) askCode(ctx context.Context, m *party) (*Outcome, error) {
	if s.turnedAway(m) {
		return nil, exceeded
	}
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	life := m.client.SessionValidity()
	var sent code.Delivery
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.spend(tx, m); err != nil {
			return err
		}
		if err := s.spendCode(tx, m, "sign-in code"); err != nil {
			return err
		}
		sent, err = s.sendFirst(tx, m, id, s.cfg.Now().Add(life))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Codes.Wake()
	name := string(m.first)
	box, err := s.sealSession(m, session{ID: id, Challenge: name}, life)
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: name, Session: encodeSession(box), Parameters: delivery(sent)}, nil
}

// sendFirst posts the code, or does as if.
func (s *Signin) sendFirst(tx *store.Tx, m *party, session string, until time.Time) (code.Delivery, error) {
	attribute := m.first.address()
	if f, ok := m.choice(string(m.first)); ok && m.can(f) {
		to := code.Address{Attribute: attribute, Value: m.user.Attributes[attribute]}
		return s.cfg.Codes.IssueSignIn(tx, m.pool, m.user, session, to, until)
	}
	to := code.Address{Attribute: attribute}
	name := m.name
	if m.user != nil { // one destination under all names, as ever
		name, to.Value = m.user.Username, m.user.Attributes[attribute]
	}
	return s.cfg.Codes.PretendSignIn(tx, m.pool, m.subject, name, session, to, until)
}

// answerCode signs in whoever has the code. Whether it was right is told only by
// the Update that counts the attempt, as with passwords: see lockout.go.
func (s *Signin) answerCode(ctx context.Context, m *party, responses map[string]string) (*Outcome, error) {
	answer, err := required(responses, codeNames[m.first])
	if err != nil {
		return nil, err
	}
	if s.turnedAway(m) {
		return nil, exceeded
	}
	purpose := code.SignIn(m.session.ID)
	var right bool
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		right, err = s.cfg.Codes.Matches(tx, m.pool.ID, m.subject, purpose, answer)
		return err
	})
	if err != nil {
		return nil, err
	}
	var to code.Address
	check := func(tx *store.Tx) (wrong *fault.Fault, err error) {
		to, wrong, err = s.checkSent(tx, m.pool.ID, m.subject, purpose, answer)
		return wrong, err
	}
	if !right || m.user == nil || m.shut {
		return nil, s.failed(ctx, m, check)
	}
	m.redeem = check
	m.saveProof = func(tx *store.Tx, u *model.User) error { return s.cfg.Accounts.ConfirmBy(tx, m.pool, u, to) }
	return s.next(ctx, m)
}

// checkSent tells what is wrong with a code that was sent, or the address that it
// was sent to. A right one is spent.
func (s *Signin) checkSent(tx *store.Tx, poolID, subject string, purpose code.Purpose, answer string) (to code.Address, wrong *fault.Fault, err error) {
	to, err = s.cfg.Codes.Check(tx, poolID, subject, purpose, answer)
	switch told, ok := fault.As(err); {
	case ok && told.Code == fault.CodeMismatch:
		return to, wrongCode, nil
	case ok:
		return to, told, nil
	case err != nil:
		return to, nil, err
	}
	if err := tx.DropCode(poolID, subject, string(purpose)); err != nil {
		return to, nil, fmt.Errorf("drop code of user %s: %w", subject, err)
	}
	return to, nil, nil
}

// delivery is what a challenge tells of a code that was sent.
func delivery(sent code.Delivery) map[string]string {
	return map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": string(sent.Medium),
		"CODE_DELIVERY_DESTINATION":     sent.Destination,
	}
}
