package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
)

func TestSignUp(t *testing.T) {
	ctx := t.Context()
	annEmail := func() map[string]string { return map[string]string{"email": "ann@example.com"} }

	t.Run("makes an unconfirmed user and sends a code, which confirms the user and the address", func(t *testing.T) {
		s := newStage(t)
		out, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("Ann"), Password: good, Attributes: annEmail()})
		s.must(err)
		if out.Delivery == nil || out.Delivery.Destination != "a***@e***" || out.Delivery.Medium != "EMAIL" || out.Delivery.Attribute != "email" {
			t.Errorf("got delivery %v", out.Delivery)
		}
		u := s.user("ann")
		if u.Sub != out.Sub || u.Username != "Ann" || u.Status != model.Unconfirmed || !u.Enabled || u.Attributes["email_verified"] != "false" {
			t.Errorf("got %+v", u)
		}
		if s.owner("ann@example.com") != "" {
			t.Error("an unproven alias can be used")
		}
		s.must(s.confirm(account.Confirmation{Caller: web("ANN"), Code: s.code("ann@example.com")}))
		u = s.user("Ann@Example.com")
		if u.Sub != out.Sub || u.Status != model.Confirmed || u.Attributes["email_verified"] != "true" {
			t.Errorf("got %+v", u)
		}
		if !s.has("ann", good) {
			t.Error("the password is not right")
		}
		if got := s.events(u.Sub); len(got) != 2 || got[1].Type != model.EventSignUp || got[1].Response != model.EventPass {
			t.Errorf("got events %v", got)
		}
	})

	refusals := []struct {
		name    string
		in      account.Registration
		code    fault.Code
		message string
	}{
		{"a password against the policy", account.Registration{Caller: web("ben"), Password: "short"},
			fault.InvalidPassword, "Password did not conform with policy: Password not long enough"},
		{"no password", account.Registration{Caller: web("ben")},
			fault.InvalidParameter, "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"},
		{"a name that somebody has, in any case", account.Registration{Caller: web("ANN"), Password: good},
			fault.UsernameExists, "User already exists"},
		{"an address for a name", account.Registration{Caller: web("ben@example.com"), Password: good},
			fault.InvalidParameter, "Username cannot be of email format, since user pool is configured for email alias."},
		{"an unknown client", account.Registration{Caller: account.Caller{ClientID: "none", Username: "ben"}, Password: good},
			fault.ResourceNotFound, "User pool client none does not exist."},
		{"a missing secret hash", account.Registration{Caller: account.Caller{ClientID: "server", Username: "ben"}, Password: good},
			fault.NotAuthorized, "Client server is configured with secret but SECRET_HASH was not received"},
		{"a wrong secret hash", account.Registration{Caller: account.Caller{ClientID: "server", Username: "ben", SecretHash: credential.SecretHash(secret, "ann", "server")}, Password: good},
			fault.NotAuthorized, "Unable to verify secret hash for client server"},
		{"a proof by claim", account.Registration{Caller: web("ben"), Password: good, Attributes: map[string]string{"email": "b@example.com", "email_verified": "true"}},
			fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
		{"an attribute that is for administrators", account.Registration{Caller: web("ben"), Password: good, Attributes: map[string]string{"dev:custom:note": "x"}},
			fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
		{"an attribute that the client may not write", account.Registration{Caller: account.Caller{ClientID: "narrow", Username: "ben"}, Password: good, Attributes: map[string]string{"name": "Ben"}},
			fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
		{"a sub of one's own", account.Registration{Caller: web("ben"), Password: good, Attributes: map[string]string{"sub": "x"}},
			fault.InvalidParameter, "user.sub: Attribute cannot be updated."},
		{"a broken address", account.Registration{Caller: web("ben"), Password: good, Attributes: map[string]string{"email": "ben@"}},
			fault.InvalidParameter, "Invalid email address format."},
	}
	t.Run("refuses, and stores nothing,", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		before := s.deliver()
		for _, r := range refusals {
			t.Run(r.name, func(t *testing.T) {
				s.t = t
				_, err := s.accounts.SignUp(ctx, r.in)
				s.refused(err, r.code, r.message)
				if n := s.count(); n != 1 {
					t.Errorf("got %d users, want 1", n)
				}
				if n := s.deliver(); n != before {
					t.Errorf("got %d messages, want %d", n, before)
				}
			})
		}
	})
	t.Run("refuses a leaked password, and stores nothing but the event", func(t *testing.T) {
		s := newStage(t)
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: leaked, Attributes: annEmail()})
		s.refused(err, fault.InvalidPassword, "Provided password cannot be used for security reasons.")
		if n := s.count(); n != 0 || s.deliver() != 0 {
			t.Errorf("got %d users and %d messages", n, s.deliver())
		}
	})
	t.Run("lets a leaked password pass where the pool only watches", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) {
			p.UserPoolAddOns.AdvancedSecurityMode = new(shape.AdvancedSecurityModeTypeAudit)
		})
		out, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: leaked})
		s.must(err)
		if e := s.events(out.Sub); len(e) != 1 || !e[0].Detail.Compromised {
			t.Errorf("got events %+v", e)
		}
	})
	t.Run("is closed where only administrators make users", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) {
			p.AdminCreateUserConfig = &shape.AdminCreateUserConfigType{AllowAdminCreateUserOnly: new(true)}
		})
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: good})
		s.refused(err, fault.NotAuthorized, "SignUp is not permitted for this user pool")
	})
	t.Run("names all required attributes that are missing", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) {
			p.SchemaAttributes[0].Required, p.SchemaAttributes[1].Required = new(true), new(true)
		})
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: good})
		s.refused(err, fault.InvalidParameter, "Attributes did not conform to the schema: name: The attribute is required\nemail: The attribute is required")
	})
	t.Run("never gives a user the sub of another as a name", func(t *testing.T) {
		s := newStage(t)
		ann := s.signUp("ann", "ann@example.com")
		for _, name := range []string{ann.Sub, strings.ToUpper(ann.Sub)} {
			_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web(name), Password: good})
			s.refused(err, fault.UsernameExists, "User already exists")
		}
	})
	t.Run("takes a secret hash over the name sent", func(t *testing.T) {
		s := newStage(t)
		_, err := s.accounts.SignUp(ctx, account.Registration{
			Caller: account.Caller{ClientID: "server", Username: "ann", SecretHash: credential.SecretHash(secret, "ann", "server")}, Password: good,
		})
		s.must(err)
	})
}

func TestSignUpWithAnAddressAsTheName(t *testing.T) {
	ctx := t.Context()
	byEmail := func(p *shape.UserPoolType) { p.AliasAttributes, p.UsernameAttributes = nil, []string{"email"} }
	byEither := func(p *shape.UserPoolType) {
		p.AliasAttributes, p.UsernameAttributes = nil, []string{"email", "phone_number"}
	}
	t.Run("makes the sub the user name and fills the attribute", func(t *testing.T) {
		s := newStage(t, byEmail)
		out, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann@example.com"), Password: good})
		s.must(err)
		u := s.user("Ann@example.com")
		if u.Username != out.Sub || u.Sub != out.Sub || u.Attributes["email"] != "ann@example.com" {
			t.Errorf("got %+v", u)
		}
		_, err = s.accounts.SignUp(ctx, account.Registration{Caller: web("ANN@example.com"), Password: good})
		s.refused(err, fault.UsernameExists, "An account with the given email already exists.")
	})
	t.Run("refuses other names", func(t *testing.T) {
		s := newStage(t, byEmail)
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: good})
		s.refused(err, fault.InvalidParameter, "Username should be an email.")
		_, err = s.accounts.SignUp(ctx, account.Registration{Caller: web("ann@example.com"), Password: good, Attributes: map[string]string{"email": "eve@example.com"}})
		s.refused(err, fault.InvalidParameter, "Attributes did not conform to the schema: email: The attribute must be the same as the username")
		s = newStage(t, byEither)
		_, err = s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: good})
		s.refused(err, fault.InvalidParameter, "Username should be either an email or a phone number.")
	})
	t.Run("makes the second address a name once it is proven", func(t *testing.T) {
		s := newStage(t, byEither)
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("+12065550123"), Password: good, Attributes: map[string]string{"email": "ann@example.com"}})
		s.must(err)
		if s.owner("ann@example.com") != "" {
			t.Error("an unproven address can be used")
		}
		s.must(s.confirm(account.Confirmation{Caller: web("+12065550123"), Code: s.code("ann@example.com")}))
		if s.owner("ann@example.com") != s.owner("+12065550123") {
			t.Error("a proven address cannot be used")
		}
	})
	t.Run("moves the name with the address", func(t *testing.T) {
		s := newStage(t, byEmail)
		s.signUpByAddress("ann@example.com")
		self := s.self("ann@example.com", "web")
		_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": "new@example.com"})
		s.must(err)
		if s.owner("ann@example.com") != "" || s.owner("new@example.com") != self.User.Username {
			t.Error("the name did not move")
		}
		s.signUpByAddress("ben@example.com")
		_, err = s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": "ben@example.com"})
		s.refused(err, fault.AliasExists, "An account with the email already exists.")
		if s.user(self.User.Sub).Attributes["email"] != "new@example.com" {
			t.Error("a refused change was stored")
		}
		err = s.accounts.DeleteAttributes(ctx, self, []string{"email"})
		s.refused(err, fault.InvalidParameter, "User must keep an attribute to sign in with.")
	})
}

// signUpByAddress makes a confirmed user where the address is the name.
func (s *stage) signUpByAddress(email string) {
	s.t.Helper()
	_, err := s.accounts.SignUp(s.t.Context(), account.Registration{Caller: web(email), Password: good})
	s.must(err)
	s.must(s.confirm(account.Confirmation{Caller: web(email), Code: s.code(email)}))
}

func (s *stage) count() (n int) {
	s.t.Helper()
	s.view(func(tx *store.Tx) error {
		list, _, err := tx.Users(s.pool, filter.Filter{}, store.Cursor{}, 1000)
		n = len(list)
		return err
	})
	return n
}

func TestConfirmSignUp(t *testing.T) {
	ctx := t.Context()
	register := func(s *stage, name, email string) {
		_, err := s.accounts.SignUp(ctx, account.Registration{Caller: web(name), Password: good, Attributes: map[string]string{"email": email}})
		s.must(err)
	}
	t.Run("refuses an alias that another has proven, and changes nothing", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "us@example.com")
		register(s, "ben", "us@example.com")
		in := account.Confirmation{Caller: web("ben"), Code: s.code("us@example.com")}
		s.refused(s.confirm(in), fault.AliasExists, "An account with the email already exists.")
		if ben := s.user("ben"); ben.Status != model.Unconfirmed || ben.Is("email_verified") || s.owner("us@example.com") != "ann" {
			t.Errorf("got %+v", ben)
		}
		in.Force = true
		s.must(s.confirm(in))
		if s.owner("us@example.com") != "ben" || s.user("ann").Is("email_verified") || !s.user("ben").Is("email_verified") {
			t.Error("the alias was not moved by force")
		}
	})
	t.Run("refuses who is confirmed already", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		err := s.confirm(account.Confirmation{Caller: web("ann"), Code: "123456"})
		s.refused(err, fault.NotAuthorized, "User cannot be confirmed. Current status is CONFIRMED")
		_, err = s.accounts.ResendCode(ctx, web("ann"))
		s.refused(err, fault.InvalidParameter, "User is already confirmed.")
	})
	t.Run("refuses an unknown name, and says so only where clients may know", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		err := s.confirm(account.Confirmation{Caller: web("nobody"), Code: "123456"})
		s.refused(err, fault.UserNotFound, "Username/client id combination not found.")
		for _, name := range []string{"nobody", "ann@example.com"} {
			err := s.confirm(account.Confirmation{Caller: shy(name), Code: "123456"})
			s.refused(err, fault.CodeMismatch, "Invalid verification code provided, please try again.")
		}
	})
	t.Run("counts each attempt: fifteen in an hour", func(t *testing.T) {
		s := newStage(t)
		register(s, "ann", "ann@example.com")
		wrong := s.wrong("ann@example.com")
		count := s.attempt(200, func() error {
			return s.confirm(account.Confirmation{Caller: web("ann"), Code: wrong})
		})
		if count[fault.CodeMismatch] != 5 || count[fault.ExpiredCode] != 10 || count[fault.LimitExceeded] != 185 {
			t.Errorf("got %v", count)
		}
		s.pass(time.Hour)
		_, err := s.accounts.ResendCode(ctx, web("ann"))
		s.must(err)
		s.must(s.confirm(account.Confirmation{Caller: web("ann"), Code: s.code("ann@example.com")}))
	})
	t.Run("has its code sent again, five times in an hour", func(t *testing.T) {
		s := newStage(t)
		register(s, "ann", "ann@example.com")
		for range 5 {
			d, err := s.accounts.ResendCode(ctx, web("ann"))
			s.must(err)
			if s.deliver(); d.Destination != "a***@e***" {
				t.Errorf("got %v", d)
			}
		}
		_, err := s.accounts.ResendCode(ctx, web("ann"))
		s.refused(err, fault.LimitExceeded, "Attempt limit exceeded, please try after some time.")
		s.must(s.confirm(account.Confirmation{Caller: web("ann"), Code: s.code("ann@example.com")}))
	})
	t.Run("has no code to send where the pool verifies nothing", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) { p.AutoVerifiedAttributes = nil })
		out, err := s.accounts.SignUp(ctx, account.Registration{Caller: web("ann"), Password: good, Attributes: map[string]string{"email": "ann@example.com"}})
		s.must(err)
		if out.Delivery != nil || s.deliver() != 0 {
			t.Error("a code was sent")
		}
		_, err = s.accounts.ResendCode(ctx, web("ann"))
		s.refused(err, fault.InvalidParameter, "Cannot resend codes. Auto verification not turned on.")
		s.must(s.accounts.AdminConfirm(ctx, s.target("ann")))
		if u := s.user("ann"); u.Status != model.Confirmed || u.Is("email_verified") {
			t.Errorf("got %+v", u)
		}
	})
}
