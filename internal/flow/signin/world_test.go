package signin_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	poolID   = "us-east-1_TestPool1"
	poolName = "TestPool1"
	base     = "https://idp.example"
	issuer   = base + "/" + poolID

	// The clients of the pool. web hides who exists; all others tell.
	web      = "web"
	frank    = "frank"    // PreventUserExistenceErrors is LEGACY
	closet   = "closet"   // has a secret, and hides who exists
	rotating = "rotating" // rotates refresh tokens, with 30 seconds of grace
	narrow   = "narrow"   // may use no flow but one that nobody serves, and revoke nothing

	secret = "secretKey123456789012345"
	good   = "Correct-Horse-1"
	leaked = "Password123!"
)

// world is one server and its database, with a clock that only the test moves.
type world struct {
	*signin.Signin
	t       testing.TB
	store   *store.Store
	ring    *seal.Ring
	keeper  *credential.Keeper
	factors *mfa.Keeper
	devices *device.Keeper
	outbox  *outbox.Outbox
	corpus  *corpus
	pool    *model.Pool // as it was made
	former  signin.Former
	now     *atomic.Pointer[time.Time]
	looked  func() // unless nil, happens before each look at the clock
	users   int
}

// corpus knows one password, until it breaks.
type corpus struct {
	broken atomic.Bool
	// meanwhile, unless nil, happens once at the next look-up: after a sign-in
	// read its user, and before it writes.
	meanwhile func()
}

func (c *corpus) Count(h breach.Hash) (uint32, error) {
	if happen := c.meanwhile; happen != nil {
		c.meanwhile = nil
		happen()
	}
	if c.broken.Load() {
		return 0, fmt.Errorf("the disk is gone")
	}
	if h == breach.Sum(leaked) {
		return 1000, nil
	}
	return 0, nil
}

// newWorld makes a pool in ENFORCED mode with its clients; shape, unless nil, changes the pool before.
func newWorld(t testing.TB, url string, shaped func(*model.Pool)) *world {
	t.Helper()
	w := &world{t: t, ring: sealtest.Ring(t), corpus: new(corpus), now: new(atomic.Pointer[time.Time])}
	w.set(time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC))
	w.open(storetest.OpenURL(t, url), false)

	mode := string(model.ModeEnforced)
	w.pool = &model.Pool{
		ID: poolID,
		Doc: &shape.UserPoolType{
			UserPoolAddOns: &shape.UserPoolAddOnsType{AdvancedSecurityMode: &mode},
			Policies:       &shape.UserPoolPolicyType{PasswordPolicy: &shape.PasswordPolicyType{MinimumLength: ptr(int32(8))}},
		},
		MFA: &shape.SetUserPoolMfaConfigResponse{},
		Risk: &model.RiskConfiguration{ // the risk of a sign-in asks for nothing, unless a story says so
			Compromised: &shape.CompromisedCredentialsRiskConfigurationType{Actions: &shape.CompromisedCredentialsActionsType{EventAction: ptr("BLOCK")}},
			Takeover:    &shape.AccountTakeoverRiskConfigurationType{},
		},
		Keys: []model.SigningKey{
			w.key(0, model.KeyForID), w.key(1, model.KeyForAccess),
		},
	}
	if shaped != nil {
		shaped(w.pool)
	}
	w.update(func(tx *store.Tx) error { return tx.CreatePool(w.pool, w.clock()) })
	for _, c := range w.clients() {
		w.update(func(tx *store.Tx) error { return tx.CreateClient(c, w.clock()) })
	}
	return w
}

// open starts the server on a store.
func (w *world) open(s *store.Store, failClosed bool) {
	w.t.Helper()
	hasher, err := password.NewHasher(password.Config{Params: password.Params{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = s
	w.keeper = credential.New(credential.Config{Ring: w.ring, Hasher: hasher, Now: w.clock})
	judge := threat.New(threat.Config{Store: s, Ring: w.ring, Corpus: w.corpus, FailClosed: failClosed, Now: w.clock})
	w.outbox = outbox.New(outbox.Config{Store: s, Ring: w.ring, Now: w.clock})
	codes := code.New(code.Config{Ring: w.ring, Outbox: w.outbox, Now: w.clock})
	w.factors = mfa.New(mfa.Config{Store: s, Ring: w.ring, Now: w.clock})
	w.devices = device.New(device.Config{Store: s, Ring: w.ring, Threat: judge, Now: w.clock})
	w.Signin = signin.New(signin.Config{
		Former: w.former,
		Store:  s, Ring: w.ring, Credential: w.keeper, Threat: judge, IssuerBase: base, Now: w.clock, Codes: codes, Factors: w.factors, Devices: w.devices,
		Keys: keys.New(keys.Config{Store: s, Ring: w.ring, Now: w.clock}),
		Accounts: account.New(account.Config{
			Store: s, Ring: w.ring, Codes: codes, Credential: w.keeper, Threat: judge, Now: w.clock,
		}),
	})
}

// again is another process on the same clock and master key.
func (w *world) again(s *store.Store) *world {
	other := *w
	other.open(s, false)
	return &other
}

func (w *world) key(i int, use model.KeyUse) model.SigningKey {
	key := testkeys.Key(i)
	return model.SigningKey{
		ID: key.ID, Use: use, CreatedAt: w.clock(),
		Box: w.ring.Seal("signing key", key.Marshal(), poolID, key.ID),
	}
}

func (w *world) clients() []*model.Client {
	all := []string{
		"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
	}
	made := map[string]*shape.UserPoolClientType{
		web:    {ExplicitAuthFlows: all, PreventUserExistenceErrors: ptr("ENABLED")},
		frank:  {ExplicitAuthFlows: all},
		closet: {ExplicitAuthFlows: all, PreventUserExistenceErrors: ptr("ENABLED")},
		rotating: {ExplicitAuthFlows: all[:3], RefreshTokenRotation: &shape.RefreshTokenRotationType{
			Feature: ptr("ENABLED"), RetryGracePeriodSeconds: ptr(int32(30)),
		}},
		narrow: {ExplicitAuthFlows: []string{"ALLOW_CUSTOM_AUTH"}, EnableTokenRevocation: ptr(false)},
	}
	var list []*model.Client
	for id, doc := range made {
		c := &model.Client{ID: id, PoolID: poolID, Doc: doc}
		if id == closet {
			c.Secret = w.keeper.SealClientSecrets(id, []model.ClientSecret{{ID: "1", Value: secret}})
		}
		list = append(list, c)
	}
	return list
}

func ptr[T any](v T) *T { return &v }

func (w *world) clock() time.Time {
	if w.looked != nil {
		w.looked()
	}
	return *w.now.Load()
}

func (w *world) set(at time.Time)     { w.now.Store(&at) }
func (w *world) pass(d time.Duration) { w.set(w.clock().Add(d)) }

func (w *world) update(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.View(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// current reads the pool, as its clients made it.
func (w *world) current() (p *model.Pool) {
	w.t.Helper()
	w.view(func(tx *store.Tx) (err error) {
		p, err = tx.Pool(poolID)
		return err
	})
	return p
}

// add makes a confirmed user; change, unless nil, makes it another one.
func (w *world) add(name, plain string, change func(*model.User)) *model.User {
	w.t.Helper()
	w.users++
	p := w.current()
	u := &model.User{
		PoolID: poolID, Sub: fmt.Sprintf("9f1c2b3a-0000-4000-8000-%012d", w.users), Username: name,
		Status: model.Confirmed, Enabled: true, CreatedAt: w.clock(), ModifiedAt: w.clock(),
		Attributes: map[string]string{"email": name + "@example.com", "email_verified": "true"},
	}
	if change != nil {
		change(u)
	}
	if plain != "" {
		var err error
		u.Credential, err = w.keeper.Make(context.Background(), p, u, plain, u.Status == model.ForceChangePassword)
		if err != nil {
			w.t.Fatal(err)
		}
	}
	names := []store.Login{{Name: p.Fold(name), Kind: "username"}}
	if p.HasAlias("email") {
		names = append(names, store.Login{Name: p.Fold(u.Attributes["email"]), Kind: "email"})
	}
	w.update(func(tx *store.Tx) error { return tx.CreateUser(p, u, names) })
	return u
}

// user reads a user again.
func (w *world) user(sub string) (u *model.User) {
	w.t.Helper()
	w.view(func(tx *store.Tx) (err error) {
		u, err = tx.User(poolID, sub)
		return err
	})
	return u
}

// change changes a user as somebody else would, meanwhile.
func (w *world) change(sub string, fn func(*model.User)) {
	w.t.Helper()
	w.pass(time.Millisecond)
	w.update(func(tx *store.Tx) error {
		u, err := tx.User(poolID, sub)
		if err != nil {
			return err
		}
		fn(u)
		u.ModifiedAt = w.clock()
		return tx.SaveUser(w.pool, u)
	})
}

// events lists a user's events, newest first, each as "Type Response Decision".
func (w *world) events(sub string) []string {
	w.t.Helper()
	var list []string
	w.view(func(tx *store.Tx) error {
		all, err := tx.Events(poolID, sub, model.Event{}, 100)
		for _, e := range all {
			line := fmt.Sprintf("%s %s %s", e.Type, e.Response, e.Detail.RiskDecision)
			if e.Detail.Compromised {
				line += " leaked"
			}
			list = append(list, line)
		}
		return err
	})
	return list
}

// login is USER_PASSWORD_AUTH through a client.
func (w *world) login(client, name, plain string) (*signin.Outcome, error) {
	parameters := map[string]string{"USERNAME": name, "PASSWORD": plain}
	if client == closet {
		parameters["SECRET_HASH"] = credential.SecretHash(secret, name, client)
	}
	return w.Start(context.Background(), signin.Attempt{ClientID: client, Flow: "USER_PASSWORD_AUTH", Parameters: parameters})
}

// loginFrom is a login from a place of its own.
func (w *world) loginFrom(o model.Origin, name, plain string) (*signin.Outcome, error) {
	parameters := map[string]string{"USERNAME": name, "PASSWORD": plain}
	return w.Start(context.Background(), signin.Attempt{ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: parameters, Origin: o})
}

// tokens is a login that must succeed.
func (w *world) tokens(client, name, plain string) *signin.Tokens {
	w.t.Helper()
	out, err := w.login(client, name, plain)
	if err != nil || out.Tokens == nil {
		w.t.Fatalf("sign in as %s: got %+v, %v, want tokens", name, out, err)
	}
	return out.Tokens
}

// claims verifies a token and reads it.
func (w *world) claims(text string, use token.Use) token.Claims {
	w.t.Helper()
	set := token.NewKeySet(testkeys.Key(0), testkeys.Key(1))
	v, err := set.Verify(text, w.clock(), token.Expect{Issuer: issuer, Use: use})
	if err != nil {
		w.t.Fatalf("verify the %s token: %v", use, err)
	}
	return v.Claims()
}

// The refusals that stories end with.
const (
	incorrect = "NotAuthorizedException: Incorrect username or password."
	exceeded  = "NotAuthorizedException: Password attempts exceeded"
	disabled  = "NotAuthorizedException: User is disabled."
	noUser    = "UserNotFoundException: User does not exist."
	invalid   = "NotAuthorizedException: Invalid session for the user."
	expired   = "NotAuthorizedException: Invalid session for the user, session is expired."
	spent     = "NotAuthorizedException: Invalid session for the user, session can only be used once."
)

// told is what a client reads of an outcome: a fault, a challenge or tokens.
func told(out *signin.Outcome, err error) string {
	switch f, ok := fault.As(err); {
	case ok:
		return string(f.Code) + ": " + f.Message
	case err != nil:
		return "OURS: " + err.Error()
	case out == nil:
		return "nothing"
	case out.Tokens != nil:
		return "tokens"
	}
	return out.Challenge
}

// expect compares what a client reads.
func (w *world) expect(out *signin.Outcome, err error, want string) {
	w.t.Helper()
	if got := told(out, err); got != want {
		w.t.Errorf("got  %q\nwant %q", got, want)
	}
}

// refused is expect for verbs that have no outcome.
func (w *world) refused(err error, want string) {
	w.t.Helper()
	w.expect(nil, err, want)
}

// changeClient changes a client as its administrator would.
func (w *world) changeClient(id string, fn func(*shape.UserPoolClientType)) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		c, err := tx.Client(poolID, id)
		if err != nil {
			return err
		}
		next, doc := *c, *c.Doc
		fn(&doc)
		next.Doc = &doc
		return tx.SaveClient(&next)
	})
}

// passed is for verbs that must not refuse.
func (w *world) passed(err error) {
	w.t.Helper()
	w.expect(nil, err, "nothing")
}
