package signin

import (
	"context"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// firstFactor is one way to prove first who one is, in USER_AUTH.
type firstFactor struct {
	by proof
	// offered tells whether users of the pool can sign in by it.
	offered func(*model.Pool) bool
	// has tells whether the party's user, who is there, can be asked for it.
	has func(*party) bool
	// ask challenges for it. It may be asked of a party that does not have it: where
	// the client hides users it has to answer, and cost, the same then.
	ask func(*Signin, context.Context, *party) (*Outcome, error)
	// given is the response that may come along when the factor is chosen; empty for none.
	given string
	// answer goes on with a sign-in by what the client responds. The party is one
	// that may sign in as far as that is known before any proof, or nobody.
	answer func(s *Signin, ctx context.Context, m *party, responses map[string]string) (*Outcome, error)
}

// firstFactors are all of them, in the order in which they are listed.
func firstFactors() []firstFactor {
	return []firstFactor{
		{
			by: byPassword, offered: allows(shape.AuthFactorTypePassword), has: hasPassword,
			ask: (*Signin).askFirst, given: "PASSWORD", answer: (*Signin).answerPassword,
		},
		{
			by: bySRP, offered: allows(shape.AuthFactorTypePassword), has: hasPassword,
			ask: (*Signin).askFirst, given: "SRP_A", answer: (*Signin).answerSRPA,
		},
		{
			by: byEmail, offered: allowsCode(shape.AuthFactorTypeEmailOtp), has: hasAddress("email"),
			ask: (*Signin).askCode, answer: (*Signin).answerCode,
		},
		{
			by: bySMS, offered: allowsCode(shape.AuthFactorTypeSmsOtp), has: hasAddress("phone_number"),
			ask: (*Signin).askCode, answer: (*Signin).answerCode,
		},
		{
			by: byPasskey, offered: allowsPasskey, has: hasPasskey,
			ask: (*Signin).askPasskey, given: "CREDENTIAL", answer: (*Signin).answerPasskey,
		},
	}
}

func allows(factor string) func(*model.Pool) bool {
	return func(p *model.Pool) bool { return p.SignsInBy(factor) }
}

// allowsCode is allows for codes that are sent, after which there is no second factor.
func allowsCode(factor string) func(*model.Pool) bool {
	return func(p *model.Pool) bool { return p.SignsInBy(factor) && p.MFAMode() != shape.UserPoolMfaTypeOn }
}

func hasPassword(m *party) bool { return m.user.Credential != nil }

// hasAddress tells whether a code can be sent to the user instead of a password.
// Whoever switched a second factor on is asked for both (spec 4.7).
func hasAddress(attribute string) func(*party) bool {
	return func(m *party) bool {
		return m.user.Attributes[attribute] != "" && !mfa.Configured(m.pool, m.user, m.authenticator)
	}
}

// can tells whether the party can be asked for the factor in earnest.
func (m *party) can(f firstFactor) bool {
	return f.offered(m.pool) && m.user != nil && m.user.Enabled && f.has(m)
}

// Available lists the first factors that a user can be asked for, as
// AuthFactorType names them: GetUserAuthFactors.
func (s *Signin) Available(ctx context.Context, p *model.Pool, u *model.User) (list []string, err error) {
	m := &party{pool: p, user: u, subject: u.Sub}
	if err := s.cfg.Store.View(ctx, m.loadFactors); err != nil {
		return nil, err
	}
	for _, f := range firstFactors() {
		if m.can(f) && f.by != bySRP { // which is a password too
			list = append(list, string(f.by))
		}
	}
	return list, nil
}

// choices are the factors that the party is offered. Where the client hides users
// they are those of the pool, whoever is asked for: what one user has would tell
// that there is such a user.
func (m *party) choices() (list []firstFactor) {
	for _, f := range firstFactors() {
		if m.can(f) || m.client.HidesUsers() && f.offered(m.pool) {
			list = append(list, f)
		}
	}
	return list
}

// choice is the offered factor of a name.
func (m *party) choice(name string) (firstFactor, bool) {
	for _, f := range m.choices() {
		if string(f.by) == name {
			return f, true
		}
	}
	return firstFactor{}, false
}

// askFirst challenges for what only the client has to do something about.
func (s *Signin) askFirst(_ context.Context, m *party) (*Outcome, error) {
	name := string(m.first)
	box, err := s.sealSession(m, session{Challenge: name}, m.client.SessionValidity())
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: name, Session: encodeSession(box), Parameters: map[string]string{}}, nil
}

func (s *Signin) answerPassword(ctx context.Context, m *party, responses map[string]string) (_ *Outcome, err error) {
	if m.password, err = required(responses, "PASSWORD"); err != nil {
		return nil, err
	}
	if m, err = s.fetch(ctx, m); err != nil {
		return nil, err
	}
	return s.provePassword(ctx, m)
}

func (s *Signin) answerSRPA(_ context.Context, m *party, responses map[string]string) (*Outcome, error) {
	clientA, err := required(responses, "SRP_A")
	if err != nil {
		return nil, err
	}
	if err := srp.ParseA(clientA); err != nil {
		return nil, err
	}
	return s.proveSRP(m, clientA)
}
