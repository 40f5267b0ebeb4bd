package account_test

import (
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

const (
	good   = "Correct-horse-7"
	better = "Battery-staple-8"
	best   = "Paper-clip-99!"
	leaked = "Leaked-passw0rd!"
)

// corpus knows one leaked password.
type corpus struct{}

func (corpus) Count(h breach.Hash) (uint32, error) {
	if h == breach.Sum(leaked) {
		return 9, nil
	}
	return 0, nil
}

// stage is the flow on a real store, with one pool of three clients: web tells
// about users, shy hides them, server has a secret.
type stage struct {
	t        testing.TB
	store    *store.Store
	codes    *code.Codes
	outbox   *outbox.Outbox
	keeper   *credential.Keeper
	accounts *account.Accounts
	pool     *model.Pool

	mu  sync.Mutex
	now time.Time
}

const secret = "s3cretS3cretS3cretS3cretS3cret"

func newStage(t testing.TB, edits ...func(*shape.UserPoolType)) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)}
	s.store = storetest.Open(t)
	ring := sealtest.Ring(t)
	hasher, err := password.NewHasher(password.Config{Params: password.Params{Memory: 8 * 1024, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s.outbox = outbox.New(outbox.Config{Store: s.store, Ring: ring, Now: s.clock})
	s.codes = code.New(code.Config{Ring: ring, Outbox: s.outbox, Now: s.clock})
	s.keeper = credential.New(credential.Config{Ring: ring, Hasher: hasher, Now: s.clock})
	s.accounts = account.New(account.Config{
		Store: s.store, Ring: ring, Codes: s.codes, Credential: s.keeper, Now: s.clock,
		Threat: threat.New(threat.Config{Store: s.store, Ring: ring, Corpus: corpus{}, Now: s.clock}),
	})
	doc := poolDocument()
	for _, edit := range edits {
		edit(doc)
	}
	s.open(doc)
	return s
}

// poolDocument is a pool with e-mail as an alias, verified by itself.
func poolDocument() *shape.UserPoolType {
	text := func(name string) shape.SchemaAttributeType {
		return shape.SchemaAttributeType{
			Name: &name, AttributeDataType: new(shape.AttributeDataTypeString), Mutable: new(true), Required: new(false),
			StringAttributeConstraints: &shape.StringAttributeConstraintsType{MinLength: new("0"), MaxLength: new("2048")},
		}
	}
	flag := func(name string) shape.SchemaAttributeType {
		a := text(name)
		a.AttributeDataType, a.StringAttributeConstraints = new(shape.AttributeDataTypeBoolean), nil
		return a
	}
	age := text("custom:age")
	age.AttributeDataType, age.StringAttributeConstraints = new(shape.AttributeDataTypeNumber), nil
	age.NumberAttributeConstraints = &shape.NumberAttributeConstraintsType{MinValue: new("0"), MaxValue: new("150")}
	badge := text("custom:badge")
	badge.Mutable = new(false)
	badge.StringAttributeConstraints.MaxLength = new("5")
	return &shape.UserPoolType{
		AliasAttributes:        []string{"email", "preferred_username"},
		AutoVerifiedAttributes: []string{"email"},
		UsernameConfiguration:  &shape.UsernameConfigurationType{CaseSensitive: new(false)},
		UserPoolAddOns:         &shape.UserPoolAddOnsType{AdvancedSecurityMode: new(shape.AdvancedSecurityModeTypeEnforced)},
		Policies: &shape.UserPoolPolicyType{PasswordPolicy: &shape.PasswordPolicyType{
			MinimumLength: new(int32(8)), RequireLowercase: new(true), RequireUppercase: new(true),
			RequireNumbers: new(true), RequireSymbols: new(true), PasswordHistorySize: new(int32(2)),
		}},
		SchemaAttributes: []shape.SchemaAttributeType{
			text("name"), text("email"), flag("email_verified"), text("phone_number"), flag("phone_number_verified"),
			text("preferred_username"), text("nickname"), text("dev:custom:note"), age, badge,
		},
	}
}

func (s *stage) open(doc *shape.UserPoolType) {
	s.t.Helper()
	p := &model.Pool{ID: "us-east-1_Stage0001", Version: 1, Doc: doc}
	client := func(id string, edit func(*model.Client)) *model.Client {
		c := &model.Client{ID: id, PoolID: p.ID, Version: 1, Doc: &shape.UserPoolClientType{
			ClientId: &id, UserPoolId: &p.ID, ExplicitAuthFlows: []string{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		}}
		edit(c)
		return c
	}
	s.update(func(tx *store.Tx) error {
		if err := tx.CreatePool(p, s.now); err != nil {
			return err
		}
		for _, c := range []*model.Client{
			client("web", func(*model.Client) {}),
			client("shy", func(c *model.Client) {
				c.Doc.PreventUserExistenceErrors = new(shape.PreventUserExistenceErrorTypesEnabled)
			}),
			client("server", func(c *model.Client) {
				c.Secret = s.keeper.SealClientSecrets(c.ID, []model.ClientSecret{{ID: "1", Value: secret}})
			}),
			client("narrow", func(c *model.Client) {
				c.Doc.ReadAttributes, c.Doc.WriteAttributes = []string{"email"}, []string{"email"}
			}),
		} {
			if err := tx.CreateClient(c, s.now); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(tx *store.Tx) (err error) {
		s.pool, err = tx.Pool(p.ID)
		return err
	})
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) view(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.store.View(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func web(name string) account.Caller { return account.Caller{ClientID: "web", Username: name} }
func shy(name string) account.Caller { return account.Caller{ClientID: "shy", Username: name} }

func (s *stage) target(name string) account.Target {
	return account.Target{PoolID: s.pool.ID, Username: name}
}

// user is the user of that name as the store has it.
func (s *stage) user(name string) *model.User {
	s.t.Helper()
	u, err := s.accounts.AdminGet(s.t.Context(), s.target(name))
	if err != nil {
		s.t.Fatalf("user %s: %v", name, err)
	}
	return u
}

// self is the user, signed in through a client.
func (s *stage) self(name, clientID string) account.Self {
	s.t.Helper()
	self := account.Self{User: s.user(name)}
	s.view(func(tx *store.Tx) (err error) {
		self.Pool, self.Client, err = tx.Party(clientID)
		return err
	})
	return self
}

// signUp makes a confirmed user with a proven e-mail address.
func (s *stage) signUp(name, email string) *model.User {
	s.t.Helper()
	_, err := s.accounts.SignUp(s.t.Context(), account.Registration{
		Caller: web(name), Password: good, Attributes: map[string]string{"email": email},
	})
	s.must(err)
	s.must(s.confirm(account.Confirmation{Caller: web(name), Code: s.code(email)}))
	return s.user(name)
}

// mail delivers what waits and returns the newest message to an address.
func (s *stage) mail(to string) *model.Mail {
	s.t.Helper()
	s.flush()
	var list []*model.Mail
	s.view(func(tx *store.Tx) (err error) {
		list, err = tx.Mails(to, 1)
		return err
	})
	if len(list) == 0 {
		s.t.Fatalf("no message to %s", to)
	}
	return list[0]
}

// flush sends what waits.
func (s *stage) flush() {
	s.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = s.outbox.Deliver(s.t.Context())
		s.must(err)
	}
	s.pass(time.Millisecond) // so that the newest message is told from the one before
}

// deliver sends what waits and tells how many messages the mailbox has.
func (s *stage) deliver() int {
	s.t.Helper()
	s.flush()
	var list []*model.Mail
	s.view(func(tx *store.Tx) (err error) {
		list, err = tx.Mails("", 1000)
		return err
	})
	return len(list)
}

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code is the code in the newest message to an address.
func (s *stage) code(to string) string {
	s.t.Helper()
	return digits.FindString(s.mail(to).Text)
}

func (s *stage) wrong(to string) string {
	if s.code(to) == "000000" {
		return "000001"
	}
	return "000000"
}

// has tells whether the password is the user's.
func (s *stage) has(name, plain string) bool {
	s.t.Helper()
	ok, _, err := s.keeper.Verify(s.t.Context(), s.pool, s.user(name), plain)
	s.must(err)
	return ok
}

// owner is the user name of whoever signs in under a name; "" when nobody does.
func (s *stage) owner(name string) string {
	u, err := s.accounts.AdminGet(s.t.Context(), s.target(name))
	if err != nil {
		return ""
	}
	return u.Username
}

func (s *stage) events(sub string) []model.Event {
	s.t.Helper()
	var list []model.Event
	s.view(func(tx *store.Tx) (err error) {
		list, err = tx.Events(s.pool.ID, sub, model.Event{}, 100)
		return err
	})
	return list
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused checks code and words of a refusal.
func (s *stage) refused(err error, code fault.Code, message string) {
	s.t.Helper()
	f, ok := fault.As(err)
	if !ok || f.Code != code || f.Message != message {
		s.t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

// confirm is ConfirmSignUp for a client that does not go on to sign the user in.
func (s *stage) confirm(in account.Confirmation) error {
	s.t.Helper()
	_, err := s.accounts.ConfirmSignUp(s.t.Context(), in)
	return err
}
