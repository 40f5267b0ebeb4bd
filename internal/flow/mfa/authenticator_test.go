package mfa_test

import (
	"bytes"
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

const (
	notOffered = "SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool"
	notFound   = "SoftwareTokenMFANotFoundException: Software Token MFA does not exist for the user."
	unproven   = "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA"
	mismatch   = "CodeMismatchException: Invalid code received for user"
	used       = "ExpiredCodeException: Your software token has already been used once."
)

func TestAnAuthenticator(t *testing.T) {
	ctx := t.Context()
	t.Run("is registered and switched on by a code of it", func(t *testing.T) {
		s := newStage(t)
		secret := s.associate()
		if got := s.user().MFA; got.Enabled != nil || s.authenticator().Registered() {
			t.Errorf("it counts before it is confirmed: %v", got)
		}
		s.now = s.now.Add(time.Minute)
		s.passes(s.Verify(ctx, s.pool, sub, s.codeAt(secret, 0), "Ann's phone"))
		if got := s.authenticator(); !got.Registered() || got.Name != "Ann's phone" || got.Pending != nil {
			t.Errorf("got %+v", got)
		}
		if got := s.user(); !got.MFA.Has(totp) || got.MFA.Preferred != "" || !got.ModifiedAt.Equal(s.now) {
			t.Errorf("got %+v, changed at %v", got.MFA, got.ModifiedAt)
		}
	})
	t.Run("is stored sealed", func(t *testing.T) {
		s := newStage(t)
		secret := s.associate()
		raw, err := base32.StdEncoding.DecodeString(secret)
		if err != nil || len(raw) != 20 {
			t.Fatalf("the secret is %d bytes (%v)", len(raw), err)
		}
		hidden := func(box []byte) {
			t.Helper()
			if len(box) <= len(raw) || bytes.Contains(box, raw) || bytes.Contains(box, []byte(secret)) {
				t.Errorf("the box tells the secret: %x", box)
			}
		}
		hidden(s.authenticator().Pending)
		s.passes(s.Verify(ctx, s.pool, sub, s.codeAt(secret, 0), ""))
		hidden(s.authenticator().Secret)
	})
	t.Run("stays what it was until the next one is confirmed", func(t *testing.T) {
		s := newStage(t)
		first := s.register()
		s.now = s.now.Add(time.Minute)
		second := s.associate()
		s.passes(s.check(s.codeAt(first, 0)))
		s.refused(s.Verify(ctx, s.pool, sub, s.codeAt(first, 1), ""), unproven)
		s.now = s.now.Add(time.Minute)
		s.passes(s.check(s.codeAt(first, 0)))
		s.passes(s.Verify(ctx, s.pool, sub, s.codeAt(second, 0), ""))
		s.refused(s.check(s.codeAt(first, 1)), mismatch)
		s.passes(s.check(s.codeAt(second, 1)))
	})
	t.Run("that is associated again has the newest secret alone", func(t *testing.T) {
		s := newStage(t)
		first := s.associate()
		second := s.associate()
		s.refused(s.Verify(ctx, s.pool, sub, s.codeAt(first, 0), ""), unproven)
		s.passes(s.Verify(ctx, s.pool, sub, s.codeAt(second, 0), ""))
		s.refused(s.Verify(ctx, s.pool, sub, s.codeAt(second, 1), ""), notFound)
	})
	t.Run("is not registered by a wrong code", func(t *testing.T) {
		s := newStage(t)
		secret := s.associate()
		for _, code := range []string{s.codeAt(secret, -2), s.codeAt(secret, 2), ""} {
			s.refused(s.Verify(ctx, s.pool, sub, code, ""), unproven)
		}
		s.refused(s.Verify(ctx, s.pool, sub, s.codeAt(secret, 0), strings.Repeat("é", 257)),
			"InvalidParameterException: FriendlyDeviceName must have length less than or equal to 256.")
		if got := s.user().MFA; got.Enabled != nil || s.authenticator().Registered() {
			t.Errorf("got %v", got)
		}
		s.passes(s.Verify(ctx, s.pool, sub, s.codeAt(secret, 0), strings.Repeat("é", 256)))
	})
	t.Run("needs a pool that has them, and to be associated first", func(t *testing.T) {
		s := newStage(t)
		s.refused(s.Verify(ctx, s.pool, sub, "123456", ""), notFound)
		s.refused(s.check("123456"), notFound)
		for _, without := range []func(){func() { s.offer("ON", sms, email) }, func() { s.offer("OFF", totp) }} {
			without()
			_, err := s.Associate(ctx, s.pool, sub)
			s.refused(err, notOffered)
			s.refused(s.Verify(ctx, s.pool, sub, "123456", ""), notOffered)
		}
	})
	t.Run("works on in a pool that has no new ones", func(t *testing.T) {
		s := newStage(t)
		secret := s.register()
		s.offer("ON", sms)
		s.passes(s.check(s.codeAt(secret, 1)))
	})
}

func TestACodeIsGoodOnce(t *testing.T) {
	s := newStage(t)
	secret := s.associate()
	first := s.codeAt(secret, 0)
	s.passes(s.Verify(t.Context(), s.pool, sub, first, ""))
	s.refused(s.check(first), used)                // it was spent by Verify
	s.refused(s.check(s.codeAt(secret, -1)), used) // and with it those before
	s.refused(s.check(s.codeAt(secret, 2)), mismatch)
	s.passes(s.check(s.codeAt(secret, 1)))
	s.refused(s.check(s.codeAt(secret, 1)), used)
	s.now = s.now.Add(30 * time.Second)
	s.refused(s.check(s.codeAt(secret, 0)), used) // as before, only called otherwise
	s.now = s.now.Add(30 * time.Second)
	s.passes(s.check(s.codeAt(secret, 0)))
	s.now = s.now.Add(-time.Hour) // a clock set back opens nothing
	s.refused(s.check(s.codeAt(secret, 0)), used)
	if got := s.authenticator(); got.LastStep != s.now.Add(time.Hour).Unix()/30 {
		t.Errorf("the last step is %d", got.LastStep)
	}
}

func TestAnAuthenticatorOfAnother(t *testing.T) {
	s := newStage(t)
	s.register()
	stolen := s.authenticator()
	stolen.Sub = "somebody else"
	s.update(func(tx *store.Tx) error { return tx.SaveAuthenticator(stolen) })
	err := s.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := s.Check(tx, s.pool.ID, stolen.Sub, "123456")
		return err
	})
	if err == nil || strings.Contains(err.Error(), "Exception") {
		t.Errorf("a secret copied to another user opens: %v", err)
	}
}
