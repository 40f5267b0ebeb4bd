package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

func TestAdminCreate(t *testing.T) {
	ctx := t.Context()
	ann := func(s *stage) account.Invitation {
		return account.Invitation{PoolID: s.pool.ID, Username: "ann", Attributes: map[string]string{"email": "ann@example.com"}}
	}
	t.Run("invites with a temporary password that the policy accepts", func(t *testing.T) {
		s := newStage(t)
		u, err := s.accounts.AdminCreate(ctx, ann(s))
		s.must(err)
		if u.Status != model.ForceChangePassword || u.Attributes["email_verified"] != "false" || !u.Enabled {
			t.Errorf("got %+v", u)
		}
		var name, plain string
		_, err = fmt.Sscanf(s.mail("ann@example.com").Text, "Your username is %s and temporary password is %s", &name, &plain)
		s.must(err)
		plain = plain[:len(plain)-1] // the full stop
		if name != "ann" || !s.has("ann", plain) {
			t.Errorf("the invitation of %s does not hold the password", name)
		}
		s.must(s.keeper.CheckPolicy(s.pool, plain))
	})
	t.Run("takes the administrator's password, held against the policy alone", func(t *testing.T) {
		s := newStage(t)
		in := ann(s)
		in.Password = "weak"
		_, err := s.accounts.AdminCreate(ctx, in)
		s.refused(err, fault.InvalidPassword, "Password did not conform with policy: Password not long enough")
		in.Password = leaked
		_, err = s.accounts.AdminCreate(ctx, in)
		s.must(err)
	})
	t.Run("sends where it is told to", func(t *testing.T) {
		s := newStage(t)
		in := ann(s)
		in.Mediums = []string{"SMS"}
		_, err := s.accounts.AdminCreate(ctx, in)
		s.refused(err, fault.InvalidParameter, "User has no phone_number to deliver the message to.")
		in.Attributes["phone_number"] = "+12065550123"
		in.Mediums = []string{"EMAIL", "SMS"}
		_, err = s.accounts.AdminCreate(ctx, in)
		s.must(err)
		if got := s.deliver(); got != 2 {
			t.Errorf("got %d messages, want 2", got)
		}
	})
	t.Run("sends nothing when told so", func(t *testing.T) {
		s := newStage(t)
		in := ann(s)
		in.Suppress = true
		_, err := s.accounts.AdminCreate(ctx, in)
		s.must(err)
		if got := s.deliver(); got != 0 {
			t.Errorf("got %d messages", got)
		}
	})
	t.Run("takes a proven alias only by force", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ben", "ann@example.com")
		in := ann(s)
		in.Attributes["email_verified"] = "true"
		_, err := s.accounts.AdminCreate(ctx, in)
		s.refused(err, fault.AliasExists, "An account with the email already exists.")
		if s.owner("ann") != "" {
			t.Error("the user was made all the same")
		}
		in.Force = true
		_, err = s.accounts.AdminCreate(ctx, in)
		s.must(err)
		if s.owner("ann@example.com") != "ann" || s.user("ben").Is("email_verified") {
			t.Error("the alias did not move")
		}
	})
	t.Run("refuses a name that somebody has", func(t *testing.T) {
		s := newStage(t)
		s.signUp("ann", "ann@example.com")
		_, err := s.accounts.AdminCreate(ctx, ann(s))
		s.refused(err, fault.UsernameExists, "User account already exists")
	})
	t.Run("makes a confirmed user without a password where a one-time code can sign in", func(t *testing.T) {
		s := newStage(t, func(p *shape.UserPoolType) {
			p.Policies.SignInPolicy = &shape.SignInPolicyType{AllowedFirstAuthFactors: []string{"PASSWORD", "EMAIL_OTP"}}
		})
		u, err := s.accounts.AdminCreate(ctx, ann(s))
		s.must(err)
		if u.Status != model.Confirmed || u.Credential != nil || s.deliver() != 0 {
			t.Errorf("got %s", u.Status)
		}
	})
	t.Run("invites again who has not come yet, with a new password", func(t *testing.T) {
		s := newStage(t)
		in := ann(s)
		in.Password = good
		_, err := s.accounts.AdminCreate(ctx, in)
		s.must(err)
		s.deliver()
		s.pass(6 * 24 * time.Hour)
		in.Password = ""
		u, err := s.accounts.AdminInviteAgain(ctx, in)
		s.must(err)
		c, err := s.keeper.Open(u)
		s.must(err)
		if s.has("ann", good) || s.deliver() != 2 || time.UnixMicro(c.ExpiresAt).Sub(s.now) < 6*24*time.Hour {
			t.Error("the old password lives, or the new one does not")
		}
		s.must(s.accounts.AdminSetPassword(ctx, s.target("ann"), better, true))
		_, err = s.accounts.AdminInviteAgain(ctx, in)
		s.refused(err, fault.UnsupportedUserState, "Resend not possible. ann status is not FORCE_CHANGE_PASSWORD")
		in.Username = "nobody"
		_, err = s.accounts.AdminInviteAgain(ctx, in)
		s.refused(err, fault.UserNotFound, "User does not exist.")
	})
}

func TestAdminDisable(t *testing.T) {
	s := newStage(t)
	ann := s.signUp("ann", "ann@example.com")
	s.update(func(tx *store.Tx) error {
		return tx.CreateFamily(&model.Family{ID: "f", PoolID: s.pool.ID, ClientID: "web", Sub: ann.Sub, ExpiresAt: s.now.Add(time.Hour)})
	})
	s.must(s.accounts.AdminDisable(t.Context(), s.target("ann")))
	if u := s.user("ann"); u.Enabled || !u.SignedOutAt.Equal(s.now) {
		t.Errorf("got %+v", u)
	}
	s.view(func(tx *store.Tx) error {
		revoked, err := tx.FamilyRevoked(s.pool.ID, "f")
		if !revoked {
			t.Error("the tokens live on")
		}
		return err
	})
	s.must(s.accounts.AdminEnable(t.Context(), s.target("ann")))
	if u := s.user("ann"); !u.Enabled || u.SignedOutAt.IsZero() {
		t.Errorf("got %+v", u)
	}
}

func TestDeleteKeepsPseudonyms(t *testing.T) {
	ctx := t.Context()
	s := newStage(t)
	_, err := threat.NewPolicies(s.store, s.clock).Set(ctx, threat.Place{PoolID: s.pool.ID}, threat.AnyVersion,
		&model.ThreatPolicy{History: &model.HistoryPolicy{AfterDeletion: model.PseudonymiseEvents}}, "ops")
	s.must(err)
	ann := s.signUp("ann", "ann@example.com")
	had := len(s.events(ann.Sub))
	s.must(s.accounts.AdminDelete(ctx, s.target("ann")))
	s.view(func(tx *store.Tx) error {
		list, err := tx.Departed(store.Departed{}, 10)
		if had == 0 || len(list) != 1 || list[0].Sub != ann.Sub || list[0].Pseudonym == "" || strings.Contains(list[0].Pseudonym, ann.Sub) {
			t.Errorf("of %d events, departed %+v", had, list)
		}
		return err
	})
}

func TestDelete(t *testing.T) {
	ctx := t.Context()
	s := newStage(t)
	ann := s.signUp("ann", "ann@example.com")
	self := s.self("ann", "web")
	s.must(s.accounts.Delete(ctx, self))
	s.must(threat.NewHistory(s.store, s.clock).Sweep(ctx)) // events go in steps
	if s.owner("ann") != "" || s.owner("ann@example.com") != "" || len(s.events(ann.Sub)) != 0 {
		t.Error("something of the user is left")
	}
	s.refused(s.accounts.Delete(ctx, self), fault.UserNotFound, "User does not exist.")
	s.refused(s.accounts.AdminDelete(ctx, s.target("ann")), fault.UserNotFound, "User does not exist.")
	again := s.signUp("ann", "ann@example.com")
	if again.Sub == ann.Sub {
		t.Error("a new user has the sub of the old one")
	}
}

func TestList(t *testing.T) {
	ctx := t.Context()
	s := newStage(t)
	for i := range 7 {
		_, err := s.accounts.AdminCreate(ctx, account.Invitation{
			PoolID: s.pool.ID, Username: fmt.Sprintf("user%d", i), Suppress: true, Attributes: map[string]string{"name": []string{"odd", "even"}[i%2]},
		})
		s.must(err)
	}
	pages := func(in account.Search) (names []string) {
		for range 10 {
			users, token, err := s.accounts.List(ctx, in)
			s.must(err)
			for _, u := range users {
				names = append(names, u.Username)
			}
			if token == "" {
				break
			}
			in.Token = token
		}
		slices.Sort(names)
		return names
	}
	t.Run("finds everybody once, page by page", func(t *testing.T) {
		s.t = t
		if got := pages(account.Search{PoolID: s.pool.ID, Limit: 2}); fmt.Sprint(got) != "[user0 user1 user2 user3 user4 user5 user6]" {
			t.Errorf("got %v", got)
		}
		if got := pages(account.Search{PoolID: s.pool.ID, Limit: 2, Filter: `name = "odd"`}); fmt.Sprint(got) != "[user0 user2 user4 user6]" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("takes a token only with the filter and the pool that gave it", func(t *testing.T) {
		s.t = t
		_, token, err := s.accounts.List(ctx, account.Search{PoolID: s.pool.ID, Limit: 1, Filter: `username ^= "user"`})
		s.must(err)
		for _, in := range []account.Search{
			{PoolID: s.pool.ID, Token: token},
			{PoolID: "us-east-1_Other", Filter: `username ^= "user"`, Token: token},
			{PoolID: s.pool.ID, Filter: `username ^= "user"`, Token: token + "A"},
			{PoolID: s.pool.ID, Token: "not base64!"},
		} {
			_, _, err := s.accounts.List(ctx, in)
			s.refused(err, fault.InvalidParameter, "Invalid pagination token.")
		}
	})
	t.Run("refuses a filter it cannot read and a pool it does not know", func(t *testing.T) {
		s.t = t
		_, _, err := s.accounts.List(ctx, account.Search{PoolID: s.pool.ID, Filter: "name ="})
		s.refused(err, fault.InvalidParameter, "Error while parsing filter.")
		_, _, err = s.accounts.List(ctx, account.Search{PoolID: "us-east-1_None"})
		s.refused(err, fault.ResourceNotFound, "User pool us-east-1_None does not exist.")
	})
}
