package signin

import (
	"crypto/sha256"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

// proof is what proves a user first, or is tried as that: AWS's name of its
// challenge. It travels in the sealed session from then on.
type proof string

const (
	byNothing  proof = "" // as yet
	byPassword proof = shape.ChallengeNameTypePassword
	bySRP      proof = shape.ChallengeNameTypePasswordSrp
	byEmail    proof = shape.ChallengeNameTypeEmailOtp
	bySMS      proof = shape.ChallengeNameTypeSmsOtp
	byPasskey  proof = shape.ChallengeNameTypeWebAuthn
	byCustom   proof = shape.ChallengeNameTypeCustomChallenge
)

// ofPassword tells whether it is the user's password: then the sign-in ends with
// the record that it was proved against, is held against the corpus, and stops at
// a temporary one.
func (p proof) ofPassword() bool { return p == byPassword || p == bySRP }

// ofCode tells whether it is a code that was sent.
func (p proof) ofCode() bool { return p == byEmail || p == bySMS }

// right and wrong are what an event tells of it. Cognito's events know of
// passwords alone; what else there is has the name of its challenge.
func (p proof) right() model.ChallengeResult {
	return model.ChallengeResult{Name: p.name(), Response: "Success"}
}
func (p proof) wrong() model.ChallengeResult {
	return model.ChallengeResult{Name: p.name(), Response: "Failure"}
}

func (p proof) name() string {
	if p.ofPassword() {
		return shape.ChallengeNamePassword
	}
	return string(p)
}

// proven fills in what the session of a challenge that follows the first proof
// remembers of it. u is the user as the challenge leaves it.
func (m *party) proven(ss session, u *model.User) session {
	ss.First, ss.Verified = m.first, m.verified
	if m.first.ofPassword() {
		ss.Proved = proved(u)
	}
	return ss
}

// proved is what a session remembers of the record that a password was proved against.
func proved(u *model.User) []byte {
	sum := sha256.Sum256(u.Credential)
	return sum[:16]
}

// worth is what the first proof counts for when a second factor is decided on.
func (m *party) worth() mfa.Worth {
	switch {
	case m.first.ofCode():
		return mfa.Code
	case m.verified, m.session.Answered: // by a passkey that verified its user, or on the way through a custom sign-in
		return mfa.Both
	}
	return mfa.One
}
