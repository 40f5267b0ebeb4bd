package mfa_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

// on and off are wishes.
var (
	on        = mfa.Wish{Enabled: true}
	off       = mfa.Wish{}
	preferred = mfa.Wish{Enabled: true, Preferred: true}
)

func noDelivery(f model.Factor) string {
	return "InvalidParameterException: User does not have delivery config set to turn on " + string(f)
}

func TestAPreference(t *testing.T) {
	ctx := t.Context()
	set := func(s *stage, p mfa.Preference) error { return s.SetPreference(ctx, s.pool, sub, p) }
	want := func(s *stage, want string) {
		s.t.Helper()
		if got := fmt.Sprint(s.user().MFA); got != want {
			s.t.Errorf("got %s, want %s", got, want)
		}
	}
	t.Run("switches on, prefers, and switches off, and leaves the rest", func(t *testing.T) {
		s := newStage(t)
		s.register()
		s.passes(set(s, mfa.Preference{email: preferred}))
		want(s, "{[SOFTWARE_TOKEN_MFA EMAIL_OTP] EMAIL_OTP}")
		s.passes(set(s, mfa.Preference{sms: preferred}))
		want(s, "{[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP] SMS_MFA}")
		s.passes(set(s, mfa.Preference{email: on}))
		want(s, "{[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP] SMS_MFA}")
		s.passes(set(s, mfa.Preference{sms: on}))
		want(s, "{[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP] }")
		s.passes(set(s, mfa.Preference{totp: preferred}))
		want(s, "{[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP] SOFTWARE_TOKEN_MFA}")
		s.passes(set(s, mfa.Preference{totp: off, email: off}))
		want(s, "{[SMS_MFA] }")
		s.passes(set(s, mfa.Preference{}))
		want(s, "{[SMS_MFA] }")
		s.passes(set(s, mfa.Preference{sms: off, totp: off, email: off}))
		want(s, "{[] }")
	})
	t.Run("keeps the authenticator of a user who switches it off", func(t *testing.T) {
		s := newStage(t)
		s.register()
		s.passes(set(s, mfa.Preference{totp: off}))
		if !s.authenticator().Registered() {
			t.Error("it is gone")
		}
		s.passes(set(s, mfa.Preference{totp: on}))
		want(s, "{[SOFTWARE_TOKEN_MFA] }")
	})
	t.Run("takes the authenticator away for an administrator, where a factor is required", func(t *testing.T) {
		s := newStage(t)
		s.register()
		s.passes(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{totp: off}))
		if !s.authenticator().Registered() {
			t.Error("it is gone from a pool where it is optional")
		}
		s.offer("ON", totp, email)
		s.passes(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{email: off}))
		s.passes(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{totp: on}))
		s.passes(set(s, mfa.Preference{totp: off}))
		if !s.authenticator().Registered() {
			t.Error("it is gone, and no administrator switched it off")
		}
		s.refused(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{totp: off, sms: on}), noDelivery(sms))
		if !s.authenticator().Registered() {
			t.Error("it is gone by a request that was refused")
		}
		s.passes(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{totp: off}))
		if s.authenticator().Registered() {
			t.Error("it is still there")
		}
		s.passes(s.AdminSetPreference(ctx, s.pool, sub, mfa.Preference{totp: off})) // once more is fine
	})
	t.Run("refuses what the user does not have, and changes nothing then", func(t *testing.T) {
		s := newStage(t)
		s.refused(set(s, mfa.Preference{totp: on, sms: on}), noDelivery(totp))
		s.associate() // and did not confirm
		s.refused(set(s, mfa.Preference{totp: preferred}), noDelivery(totp))
		s.update(func(tx *store.Tx) error {
			u := s.user().Clone()
			u.Attributes = map[string]string{}
			return tx.SaveUser(s.pool, u)
		})
		s.refused(set(s, mfa.Preference{sms: on}), noDelivery(sms))
		s.refused(set(s, mfa.Preference{email: on}), noDelivery(email))
		want(s, "{[] }")
	})
	t.Run("refuses what the pool does not offer, but for an authenticator that is there", func(t *testing.T) {
		s := newStage(t)
		s.register()
		s.passes(set(s, mfa.Preference{totp: off}))
		s.offer("OPTIONAL", email)
		s.refused(set(s, mfa.Preference{sms: on}), noDelivery(sms))
		s.passes(set(s, mfa.Preference{totp: on}))
		s.offer("OFF", sms, totp, email)
		for _, f := range model.Factors() {
			s.refused(set(s, mfa.Preference{f: on}), noDelivery(f))
		}
		s.passes(set(s, mfa.Preference{totp: off}))
	})
	t.Run("prefers one at most, and nothing that is off", func(t *testing.T) {
		s := newStage(t)
		s.refused(set(s, mfa.Preference{sms: preferred, email: preferred}), "InvalidParameterException: Only one MFA method can be preferred.")
		s.refused(set(s, mfa.Preference{sms: {Preferred: true}}), "InvalidParameterException: An MFA method that is not enabled cannot be preferred.")
		want(s, "{[] }")
	})
	t.Run("is nobody's who is gone", func(t *testing.T) {
		s := newStage(t)
		s.refused(s.SetPreference(ctx, s.pool, "gone", mfa.Preference{sms: on}), "UserNotFoundException: User does not exist.")
	})
}

func TestTheOldSettings(t *testing.T) {
	ctx := t.Context()
	s := newStage(t)
	phone := mfa.Delivery{Medium: "SMS", Attribute: "phone_number"}
	s.passes(s.SetDeliveries(ctx, s.pool, sub, []mfa.Delivery{phone}))
	if got := s.user().MFA; !got.Has(sms) {
		t.Errorf("got %v", got)
	}
	for _, other := range []mfa.Delivery{{Medium: "EMAIL", Attribute: "email"}, {Medium: "SMS", Attribute: "email"}, {}} {
		s.refused(s.SetDeliveries(ctx, s.pool, sub, []mfa.Delivery{phone, other}),
			"InvalidParameterException: MFAOptions can only have the delivery medium SMS for the attribute phone_number.")
	}
	s.passes(s.SetDeliveries(ctx, s.pool, sub, nil))
	if got := s.user().MFA; got.Enabled != nil {
		t.Errorf("got %v", got)
	}
}

// Whatever is wished for in whatever order, what is preferred is switched on,
// and what is switched on is there.
func TestPreferencesStayConsistent(t *testing.T) {
	s := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			wishes := mfa.Preference{}
			for _, f := range model.Factors() {
				if rapid.Bool().Draw(t, "named") {
					wishes[f] = mfa.Wish{Enabled: rapid.Bool().Draw(t, "enabled"), Preferred: rapid.Bool().Draw(t, "preferred")}
				}
			}
			before := fmt.Sprint(s.user().MFA)
			err := s.SetPreference(s.t.Context(), s.pool, sub, wishes)
			if err != nil && !fault.Has(err, fault.InvalidParameter) {
				t.Fatal(err)
			}
			got := s.user().MFA
			switch {
			case err != nil && fmt.Sprint(got) != before:
				t.Fatalf("refused (%v), and changed from %s to %v", err, before, got)
			case got.Preferred != "" && !got.Has(got.Preferred):
				t.Fatalf("preferred, and off: %v", got)
			case got.Has(totp):
				t.Fatalf("on, and not there: %v", got)
			}
		}
	})
}
