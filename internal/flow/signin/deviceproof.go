package signin

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
	"github.com/gatehouse-id/gatehouse/risk"
)

// answerDevice is DEVICE_SRP_AUTH: it leads to DEVICE_PASSWORD_VERIFIER. The session
// of the one goes on in the other under the same id, and their proof spends both.
func (s *Signin) answerDevice(ctx context.Context, a Answer) (*Outcome, error) {
	for _, name := range []string{"USERNAME", deviceKeyParameter, "SRP_A"} {
		if _, err := required(a.Responses, name); err != nil {
			return nil, err
		}
	}
	if err := srp.ParseA(a.Responses["SRP_A"]); err != nil {
		return nil, err
	}
	if a.Session == "" {
		var err error
		if a.Session, err = s.waiting(ctx, a); err != nil {
			return nil, err
		}
	}
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := s.standsBy(m); err != nil {
		return nil, err
	}
	salt, verifier, err := s.cfg.Devices.Secret(m.brought.device)
	if err != nil {
		return nil, err
	}
	challenge, err := srp.NewChallenge(s.cfg.Rand, verifier)
	if err != nil {
		return nil, fmt.Errorf("begin the SRP of a device: %w", err)
	}
	next := m.session
	next.Challenge = shape.ChallengeNameTypeDevicePasswordVerifier
	next.A, next.B = a.Responses["SRP_A"], challenge.Secret
	block, err := s.sealSession(m, next, min(deviceLife, m.client.SessionValidity()))
	if err != nil {
		return nil, err
	}
	return &Outcome{
		Challenge: next.Challenge,
		Parameters: map[string]string{
			"SALT":             hex.EncodeToString(salt),
			"SRP_B":            challenge.B,
			"SECRET_BLOCK":     base64.StdEncoding.EncodeToString(block),
			"USERNAME":         m.user.Username,
			deviceKeyParameter: m.brought.key,
		},
	}, nil
}

// waiting finds the session of a sign-in that waits for its device, for clients that
// do not send it. It is good where the first factor was proved, and only for this
// client, user and device: whoever has the secret of a device and nothing else must
// not end the sign-in that its owner has just begun.
func (s *Signin) waiting(ctx context.Context, a Answer) (string, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, a.Responses["USERNAME"], a.Origin)
	if err != nil {
		return "", err
	}
	if err := s.checkSecretHash(m, a.Responses); err != nil {
		return "", err
	}
	var w *model.DeviceWait
	err = s.cfg.Store.View(ctx, func(tx *store.Tx) error {
		w, err = tx.DeviceWait(m.pool.ID, m.subject, m.client.ID, a.Responses[deviceKeyParameter])
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", invalidSession
	case err != nil:
		return "", fmt.Errorf("read which device is asked: %w", err)
	case !s.cfg.Now().Before(w.ExpiresAt) || w.Network != network(a.Origin.IP):
		return "", invalidSession
	}
	return w.Session, nil
}

// standsBy makes sure that the answer is of the device that was asked, and that user
// and device may still sign in.
func (s *Signin) standsBy(m *party) error {
	if err := m.standing(); err != nil {
		return err
	}
	if m.brought.key != m.session.Device || !m.brought.device.Proves() {
		return invalidSession
	}
	return nil
}

// answerDeviceProof ends a sign-in with the proof of its device.
func (s *Signin) answerDeviceProof(ctx context.Context, a Answer) (*Outcome, error) {
	claim, err := parseClaim(a.Responses)
	if err != nil {
		return nil, err
	}
	if _, err := required(a.Responses, deviceKeyParameter); err != nil {
		return nil, err
	}
	a.Session = encodeSession(claim.block) // the block is the state, whatever session came with it
	m, err := s.resume(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := s.standsBy(m); err != nil {
		return nil, err
	}
	if err := s.near(claim); err != nil {
		return nil, err
	}
	d := m.brought.device
	_, verifier, err := s.cfg.Devices.Secret(d)
	if err != nil {
		return nil, err
	}
	key, err := srp.SessionKey(verifier, m.session.B, m.session.A)
	if err != nil {
		return nil, err
	}
	want := srp.Signature(key, d.GroupKey, d.Key, claim.block, claim.timestamp)
	if !hmac.Equal(want, claim.signature) {
		return nil, s.wrongDevice(ctx, m)
	}
	m.brought.proven = true
	return s.finish(ctx, m, m.user.Clone(), func(tx *store.Tx) (*fault.Fault, error) {
		l, err := tx.Lockout(m.pool.ID, model.FactorSubject(m.user.Sub))
		if err != nil {
			return nil, fmt.Errorf("read lockout: %w", err)
		}
		if locked(l, s.cfg.Now()) {
			return exceeded, nil
		}
		return nil, nil
	})
}

// wrongDevice counts a wrong proof as a wrong code of a second factor, which the
// device may stand for: only who has the first factor can try. The attempt is
// recorded as what it then was: one without the device that it named.
func (s *Signin) wrongDevice(ctx context.Context, m *party) error {
	m.brought, m.judged, m.looked = brought{}, nil, false
	s.judge(m, true)
	return s.settled(ctx, m, func(tx *store.Tx) (*fault.Fault, error) {
		now, subject := s.cfg.Now(), model.FactorSubject(m.user.Sub)
		l, err := tx.Lockout(m.pool.ID, subject)
		if err != nil {
			return nil, fmt.Errorf("read lockout: %w", err)
		}
		if locked(l, now) {
			return exceeded, nil
		}
		if err := s.count(tx, m, ruleOf(m.pool).wrongCode(l, now)); err != nil {
			return nil, err
		}
		if err := s.learn(tx, m, risk.MFAFailed); err != nil {
			return nil, err
		}
		return incorrect, s.record(tx, m, model.EventFail, append(m.results(), wrongFactor)...)
	})
}
