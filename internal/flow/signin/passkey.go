package signin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey"
)

// A sign-in by a passkey: a challenge that nobody foresees travels in the sealed
// session and in the options for the browser; the signature over it comes back.
//
// What is asked of whoever has none, or is nobody, must look the same where the
// client hides users. So there the options name no credential: an authenticator
// finds its own, since every passkey is made discoverable. Elsewhere they name the
// user's, and the browser offers no other.

const credentialOptions = "CREDENTIAL_REQUEST_OPTIONS"

// challengeSize is in bytes; level 3 of WebAuthn asks for 16 at least.
const challengeSize = 32

var badCredential = fault.New(fault.InvalidParameter, "CREDENTIAL is not a valid authentication response.")

// relyingParty is the pool's.
func (m *party) relyingParty() passkey.RelyingParty {
	return passkey.RelyingParty{ID: m.pool.RelyingParty(), Verify: m.pool.VerifiesByPasskey()}
}

// allowsPasskey tells whether users of a pool can sign in by a passkey. Where all
// must have a second factor, it has to be both.
func allowsPasskey(p *model.Pool) bool {
	return p.SignsInBy(shape.AuthFactorTypeWebAuthn) && p.RelyingParty() != "" &&
		(p.MFAMode() != shape.UserPoolMfaTypeOn || p.PasskeyIsBoth())
}

// hasPasskey tells whether the user can sign in by one that the pool takes. Of whom
// a second factor is always asked, only who lets a passkey stand for both can
// (decision 237): whoever switched one on did not mean to be let in by less.
func hasPasskey(m *party) bool {
	asked := m.pool.MFAMode() == shape.UserPoolMfaTypeOn || mfa.Configured(m.pool, m.user, m.authenticator)
	if asked && !(m.pool.PasskeyIsBoth() && m.user.MFA.Has(model.FactorPasskey)) {
		return false
	}
	return len(m.usable()) > 0
}

// usable are the user's passkeys for the relying party that the pool is now.
func (m *party) usable() (list []*model.Passkey) {
	for _, k := range m.passkeys {
		if k.RelyingParty == m.pool.RelyingParty() {
			list = append(list, k)
		}
	}
	return list
}

// askPasskey is WEB_AUTHN.
func (s *Signin) askPasskey(_ context.Context, m *party) (*Outcome, error) {
	ss := session{Challenge: string(byPasskey)}
	options, err := s.passkeyOptions(m, &ss)
	if err != nil {
		return nil, err
	}
	box, err := s.sealSession(m, ss, m.client.SessionValidity())
	if err != nil {
		return nil, err
	}
	return &Outcome{
		Challenge: ss.Challenge, Session: encodeSession(box), Parameters: map[string]string{credentialOptions: options},
	}, nil
}

// passkeyOptions makes a challenge, notes it in the session, and says what the
// browser is asked for.
func (s *Signin) passkeyOptions(m *party, ss *session) (string, error) {
	ss.Nonce = make([]byte, challengeSize)
	if _, err := io.ReadFull(s.cfg.Rand, ss.Nonce); err != nil {
		return "", fmt.Errorf("make challenge: %w", err)
	}
	var allow []*model.Passkey
	if !m.client.HidesUsers() {
		allow = m.usable()
	}
	return string(m.relyingParty().Request(ss.Nonce, allow, m.client.SessionValidity())), nil
}

// answerPasskey signs in whoever holds a passkey of the user. A wrong one counts as
// a wrong password does: it cannot be guessed, but who tries is to be seen.
func (s *Signin) answerPasskey(ctx context.Context, m *party, responses map[string]string) (*Outcome, error) {
	text, err := required(responses, "CREDENTIAL")
	if err != nil {
		return nil, err
	}
	if m.session.Nonce == nil { // it came along where nothing had been asked yet
		return nil, invalidSession
	}
	if s.turnedAway(m) {
		return nil, exceeded
	}
	a, err := passkey.ParseAssertion([]byte(text))
	if err != nil {
		return nil, badCredential.Because(err)
	}
	k, err := s.findPasskey(ctx, m, a.CredentialID)
	if err != nil {
		return nil, err
	}
	proof, right, err := s.checkPasskey(m, a, k)
	if err != nil {
		return nil, err
	}
	if !right || m.shut {
		return nil, s.wrong(ctx, m)
	}
	m.verified = proof.Verified && m.pool.PasskeyIsBoth()
	m.redeem = func(tx *store.Tx) (*fault.Fault, error) {
		err := tx.UsePasskey(k, proof.SignCount, s.cfg.Now())
		if errors.Is(err, store.ErrNotFound) {
			err = errChanged // it was used, or taken away, at the same time
		}
		return nil, err
	}
	return s.next(ctx, m)
}

// findPasskey reads the passkey of an id in the pool, whoever's it is; nil when
// there is none. So it costs the same for every name.
func (s *Signin) findPasskey(ctx context.Context, m *party, id string) (k *model.Passkey, err error) {
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		k, err = tx.Passkey(m.pool.ID, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read passkey: %w", err)
	}
	return k, nil
}

// checkPasskey tells whether an assertion proves the party's user. One whose counter
// did not grow may come from a copy of the authenticator (decision 238).
func (s *Signin) checkPasskey(m *party, a *passkey.Assertion, k *model.Passkey) (p passkey.Proof, right bool, err error) {
	if k == nil || m.user == nil || k.Sub != m.user.Sub || !allowsPasskey(m.pool) || !hasPasskey(m) {
		return p, false, nil
	}
	p, err = a.Verify(m.relyingParty(), k, m.session.Nonce)
	switch {
	case passkey.IsRefusal(err):
		s.cfg.Log.Info("a passkey was refused", "pool", m.pool.ID, "sub", m.user.Sub, "reason", err)
		return p, false, nil
	case err != nil:
		return p, false, err
	case p.Cloned:
		s.cfg.Log.Warn("the counter of a passkey did not grow: it may have been copied", "pool", m.pool.ID, "sub", m.user.Sub)
		return p, false, nil
	}
	return p, true, nil
}
