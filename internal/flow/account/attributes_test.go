package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
)

func TestUpdateAttributes(t *testing.T) {
	ctx := t.Context()
	t.Run("keeps the user to the schema and to what the client may write", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		before := s.user("ann")
		for name, c := range map[string]struct {
			client, attribute, value string
			code                     fault.Code
			message                  string
		}{
			"an unknown attribute":     {"web", "shoe", "42", fault.InvalidParameter, "Attributes did not conform to the schema: shoe: Attribute does not exist in the schema."},
			"an unknown custom one":    {"web", "custom:shoe", "42", fault.InvalidParameter, "Attributes did not conform to the schema: Type for attribute {custom:shoe} could not be determined"},
			"an immutable one":         {"web", "custom:badge", "7", fault.InvalidParameter, "user.custom:badge: Attribute cannot be updated."},
			"the sub":                  {"web", "sub", "7", fault.InvalidParameter, "user.sub: Attribute cannot be updated."},
			"a proof":                  {"web", "email_verified", "true", fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
			"an administrator's":       {"web", "dev:custom:note", "x", fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
			"one the client may not":   {"narrow", "name", "Ann", fault.NotAuthorized, "A client attempted to write unauthorized attribute"},
			"a word for a number":      {"web", "custom:age", "old", fault.InvalidParameter, "Attributes did not conform to the schema: custom:age: Value must be a number"},
			"a huge number":            {"web", "custom:age", "1e999999999", fault.InvalidParameter, "Attributes did not conform to the schema: custom:age: Value must be a number"},
			"a number beyond its most": {"web", "custom:age", "151", fault.InvalidParameter, "Attributes did not conform to the schema: custom:age: Value must be less than or equal to 150"},
			"a number below its least": {"web", "custom:age", "-1", fault.InvalidParameter, "Attributes did not conform to the schema: custom:age: Value must be greater than or equal to 0"},
			"too many bytes":           {"web", "name", strings.Repeat("é", 1025), fault.InvalidParameter, "Attributes did not conform to the schema: name: Value must have length less than or equal to 2048 bytes"},
			"a null character":         {"web", "name", "a\x00b", fault.InvalidParameter, "Attributes did not conform to the schema: name: Value must not contain the null character"},
			"a broken address":         {"web", "email", "ann", fault.InvalidParameter, "Invalid email address format."},
			"a broken number":          {"web", "phone_number", "555", fault.InvalidParameter, "Invalid phone number format."},
		} {
			t.Run(name, func(t *testing.T) {
				s.t = t
				_, err := s.accounts.UpdateAttributes(ctx, s.self("ann", c.client), map[string]string{"nickname": "x", "email": "eve@example.com", c.attribute: c.value})
				if c.client == "narrow" {
					_, err = s.accounts.UpdateAttributes(ctx, s.self("ann", c.client), map[string]string{c.attribute: c.value})
				}
				s.refused(err, c.code, c.message)
				if got := s.user("ann"); got.Attributes["email"] != before.Attributes["email"] || got.Attributes["nickname"] != "" || !got.ModifiedAt.Equal(before.ModifiedAt) {
					t.Errorf("got %v", got.Attributes)
				}
			})
		}
	})
	t.Run("sets, removes and keeps what is not named", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"name": "Ann", "nickname": "A", "custom:age": "30"})
		s.must(err)
		_, err = s.accounts.UpdateAttributes(ctx, self, map[string]string{"nickname": ""})
		s.must(err)
		s.must(s.accounts.DeleteAttributes(ctx, self, []string{"custom:age"}))
		u := s.user("ann")
		if _, has := u.Attributes["nickname"]; has || u.Attributes["name"] != "Ann" || u.Attributes["custom:age"] != "" || !u.Is("email_verified") {
			t.Errorf("got %v", u.Attributes)
		}
	})
	t.Run("takes a new address for unproven, and proves it by a code", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		sent, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": "new@example.com"})
		s.must(err)
		if len(sent) != 1 || sent[0].Destination != "n***@e***" {
			t.Errorf("got %v", sent)
		}
		if u := s.user("ann"); u.Attributes["email"] != "new@example.com" || u.Is("email_verified") || s.owner("ann@example.com") != "" || s.owner("new@example.com") != "" {
			t.Errorf("got %v", u.Attributes)
		}
		s.refused(s.accounts.VerifyAttribute(ctx, self, "email", s.wrong("new@example.com")), fault.CodeMismatch, "Invalid verification code provided, please try again.")
		s.must(s.accounts.VerifyAttribute(ctx, self, "email", s.code("new@example.com")))
		if u := s.user("ann"); !u.Is("email_verified") || s.owner("new@example.com") != "ann" {
			t.Errorf("got %v", u.Attributes)
		}
		s.refused(s.accounts.VerifyAttribute(ctx, self, "email", s.code("new@example.com")), fault.ExpiredCode, "Invalid code provided, please request a code again.")
	})
	t.Run("sends no more than twenty codes an hour to addresses of the user's choice", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		refused := 0
		for i := range 25 {
			_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": fmt.Sprintf("victim%d@example.com", i)})
			if fault.Has(err, fault.LimitExceeded) {
				refused++
			}
		}
		if refused != 5 || s.user("ann").Attributes["email"] != "victim19@example.com" || s.deliver() != 21 {
			t.Errorf("got %d refusals, %v and %d messages", refused, s.user("ann").Attributes, s.deliver())
		}
		_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"name": "Ann"})
		s.must(err)
	})
	t.Run("leaves a proven address proven when it is given again", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		sent, err := s.accounts.UpdateAttributes(ctx, s.self("ann", "web"), map[string]string{"email": "ann@example.com"})
		s.must(err)
		if len(sent) != 0 || !s.user("ann").Is("email_verified") {
			t.Errorf("got %v, %v", sent, s.user("ann").Attributes)
		}
	})
	t.Run("keeps the old address until the new one is proven, where the pool wants that", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) {
			p.UserAttributeUpdateSettings = &shape.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []string{"email"}}
		})
		s.signUp("ann", "ann@example.com")
		self := s.self("ann", "web")
		_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": "new@example.com"})
		s.must(err)
		if u := s.user("ann"); u.Attributes["email"] != "ann@example.com" || !u.Is("email_verified") || s.owner("ann@example.com") != "ann" {
			t.Errorf("got %v", u.Attributes)
		}
		s.deliver()
		d, err := s.accounts.SendVerification(ctx, self, "email") // again, to the address that waits
		s.must(err)
		if d.Destination != "n***@e***" {
			t.Errorf("got %v", d)
		}
		s.must(s.accounts.VerifyAttribute(ctx, self, "email", s.code("new@example.com")))
		if u := s.user("ann"); u.Attributes["email"] != "new@example.com" || !u.Is("email_verified") || s.owner("ann@example.com") != "" || s.owner("new@example.com") != "ann" {
			t.Errorf("got %v", u.Attributes)
		}
	})
	t.Run("refuses to prove an address that another has proven", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "us@example.com")
		s.signUp("ben", "ben@example.com")
		self := s.self("ben", "web")
		_, err := s.accounts.UpdateAttributes(ctx, self, map[string]string{"email": "us@example.com"})
		s.must(err)
		err = s.accounts.VerifyAttribute(ctx, self, "email", s.code("us@example.com"))
		s.refused(err, fault.AliasExists, "An account with the email already exists.")
		if s.owner("us@example.com") != "ann" || s.user("ben").Is("email_verified") {
			t.Error("the alias changed hands")
		}
	})
	t.Run("gives a preferred name to one user at a time", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.signUp("ben", "ben@example.com")
		prefer := func(user, name string) error {
			_, err := s.accounts.UpdateAttributes(ctx, s.self(user, "web"), map[string]string{"preferred_username": name})
			return err
		}
		s.must(prefer("ann", "Star"))
		s.refused(prefer("ben", "eve@example.com"), fault.InvalidParameter,
			"Attributes did not conform to the schema: preferred_username: Value cannot be of email format, since users of the pool sign in with it")
		for _, name := range []string{"STAR", "ann", s.user("ann").Sub, strings.ToUpper(s.user("ann").Sub)} {
			s.refused(prefer("ben", name), fault.AliasExists, "An account with the preferred_username already exists.")
		}
		s.must(prefer("ann", "comet"))
		s.must(prefer("ben", "star"))
		if s.owner("star") != "ben" || s.owner("comet") != "ann" {
			t.Errorf("got %s and %s", s.owner("star"), s.owner("comet"))
		}
	})
	t.Run("removes with an address what is said of it", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.must(s.accounts.DeleteAttributes(ctx, s.self("ann", "web"), []string{"email"}))
		if u := s.user("ann"); len(u.Attributes) != 0 || s.owner("ann@example.com") != "" {
			t.Errorf("got %v", u.Attributes)
		}
		_, err := s.accounts.SendVerification(ctx, s.self("ann", "web"), "email")
		s.refused(err, fault.InvalidParameter, "User has no email to verify.")
		_, err = s.accounts.SendVerification(ctx, s.self("ann", "web"), "name")
		s.refused(err, fault.InvalidParameter, "Only email and phone_number can be verified.")
	})
	t.Run("switches a second factor off with the address that it needs", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.must(s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{"phone_number": "+12065550123"}))
		s.update(func(tx *store.Tx) error {
			u := s.user("ann").Clone()
			u.MFA = model.UserMFA{Enabled: model.Factors(), Preferred: model.FactorSMS}
			return tx.SaveUser(s.pool, u)
		})
		s.must(s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{"phone_number": "+12065550124"}))
		if got := s.user("ann").MFA; !got.Has(model.FactorSMS) || got.Preferred != model.FactorSMS {
			t.Errorf("another number took it away: %v", got)
		}
		s.must(s.accounts.DeleteAttributes(ctx, s.self("ann", "web"), []string{"phone_number"}))
		if got := s.user("ann").MFA; fmt.Sprint(got) != "{[SOFTWARE_TOKEN_MFA EMAIL_OTP] }" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("never removes what is required", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) { p.SchemaAttributes[1].Required = new(true) })
		s.signUp("ann", "ann@example.com")
		s.refused(s.accounts.DeleteAttributes(ctx, s.self("ann", "web"), []string{"email"}),
			fault.InvalidParameter, "Attributes did not conform to the schema: email: The attribute is required")
	})
}

func TestAdminUpdateAttributes(t *testing.T) {
	ctx := t.Context()
	t.Run("may vouch for an address, and write what is for administrators", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		before := s.deliver()
		s.must(s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{
			"email": "new@example.com", "email_verified": "True", "dev:custom:note": "vip",
		}))
		u := s.user("new@example.com")
		if u.Username != "ann" || !u.Is("email_verified") || u.Attributes["dev:custom:note"] != "vip" || s.deliver() != before {
			t.Errorf("got %v", u.Attributes)
		}
		self := s.self("ann", "web")
		if account.Readable(self.Client, "dev:custom:note") || !account.Readable(self.Client, "email") {
			t.Error("the wrong attributes can be read")
		}
	})
	t.Run("may take a proof back", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.must(s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{"email_verified": "false"}))
		if s.owner("ann@example.com") != "" {
			t.Error("an unproven alias can be used")
		}
	})
	t.Run("cannot vouch for nothing", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		s.refused(s.accounts.AdminUpdateAttributes(ctx, s.target("ann"), map[string]string{"phone_number_verified": "true"}),
			fault.InvalidParameter, "Attributes did not conform to the schema: phone_number_verified: There is no phone_number to verify")
	})
}

func TestReadable(t *testing.T) {
	s := newStage(t)
	s.signUp("ann", "ann@example.com")
	narrow := s.self("ann", "narrow").Client
	for name, want := range map[string]bool{"sub": true, "email": true, "name": false, "email_verified": false} {
		if got := account.Readable(narrow, name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestAnAddressProvenAtSignIn(t *testing.T) {
	ctx := t.Context()
	address := code.Address{Attribute: "email", Value: "ann@example.com"}
	prove := func(s *stage, name string, to code.Address) {
		s.update(func(tx *store.Tx) error { return s.accounts.Prove(tx, s.pool, s.user(name).Clone(), to) })
	}
	unproven := func(t *testing.T, names ...string) *stage {
		s := newStage(t)
		for _, name := range names {
			_, err := s.accounts.AdminCreate(ctx, account.Invitation{
				PoolID: s.pool.ID, Username: name, Suppress: true, Attributes: map[string]string{"email": address.Value},
			})
			s.must(err)
		}
		return s
	}
	t.Run("is a name to sign in with from then on", func(t *testing.T) {
		s := unproven(t, "ann")
		prove(s, "ann", address)
		if got := s.user(address.Value); got.Username != "ann" || !got.Is("email_verified") {
			t.Errorf("got %s with %v", got.Username, got.Attributes)
		}
	})
	t.Run("stays unproven where it is another's name", func(t *testing.T) {
		s := unproven(t, "ann", "bob")
		prove(s, "bob", address)
		before := s.user("ann")
		prove(s, "ann", address)
		if got := s.user("ann"); got.Is("email_verified") || got.Attributes["email"] != address.Value || !got.ModifiedAt.Equal(before.ModifiedAt) {
			t.Errorf("got %v", got.Attributes)
		}
		if got := s.user(address.Value).Username; got != "bob" {
			t.Errorf("the name is %s's", got)
		}
	})
	t.Run("proves nothing when the user has another one by now", func(t *testing.T) {
		s := unproven(t, "ann")
		prove(s, "ann", code.Address{Attribute: "email", Value: "former@example.com"})
		prove(s, "ann", code.Address{Attribute: "name", Value: "Ann"})
		if got := s.user("ann"); got.Is("email_verified") {
			t.Errorf("got %v", got.Attributes)
		}
	})
}
