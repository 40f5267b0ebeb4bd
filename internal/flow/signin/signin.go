// Package signin gives the sign-in state machine.
//
//	Start ── party ── flow: password · srp · choice · refresh ────────┐
//	Answer ── session ── challenge: srp · first factor · new password ─┴─ next ── conclude ─┬─ refuse
//	                     challenge: second factor · its choice · set-up · device ───────────┼─ challenge
//	                                                                                        └─ finish: tokens
//
// signin.go holds the verbs, next.go is the one dispatcher, and each flow and
// challenge has a file. All doors share it.
//
// Whether a password was right is told only by the transaction that counts the
// attempt (see lockout.go). However many attempts run at once, no more answers
// come out than the lockout allows: lockout.go says how many that is.
package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// Config of the sign-in.
type Config struct {
	Store      *store.Store
	Ring       *seal.Ring
	Keys       *keys.Keys
	Credential *credential.Keeper
	Threat     *threat.Threat
	Accounts   *account.Accounts
	Codes      *code.Codes
	Factors    *mfa.Keeper
	Devices    *device.Keeper
	Notices    *notice.Notices // nil tells nobody
	Former     Former          // nil: no pool has one
	// Functions are the triggers' of pools, by ARN; nil has none.
	Functions *trigger.Functions
	// IssuerBase is the URL before the pool id in the tokens' iss, without a slash at its end.
	IssuerBase string

	Meter *report.Meter // nil counts nothing
	Log   *slog.Logger
	Now   func() time.Time
	Rand  io.Reader
}

// Signin is safe for concurrent use.
type Signin struct{ cfg Config }

// New makes a Signin.
func New(cfg Config) *Signin {
	cfg.IssuerBase = strings.TrimSuffix(cfg.IssuerBase, "/")
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Signin{cfg}
}

// Issuer is the iss of a pool's tokens.
func (s *Signin) Issuer(poolID string) string { return s.cfg.IssuerBase + "/" + poolID }

// Keys are the signing keys that tokens are made with.
func (s *Signin) Keys() *keys.Keys { return s.cfg.Keys }

// Attempt is one try to sign in.
type Attempt struct {
	PoolID     string // only where Admin
	ClientID   string
	Admin      bool // by an administrator, for the user
	Flow       string
	Session    string // of a sign-up that was just confirmed; mostly empty
	Parameters map[string]string
	Metadata   map[string]string
	Origin     model.Origin
}

// Answer is the answer to a challenge.
type Answer struct {
	PoolID    string // only where Admin
	ClientID  string
	Admin     bool
	Challenge string
	Session   string
	Responses map[string]string
	Metadata  map[string]string
	Origin    model.Origin
}

// Outcome is a challenge or, when Tokens is not nil, the end.
type Outcome struct {
	Challenge  string
	Session    string
	Parameters map[string]string
	Available  []string // of SELECT_CHALLENGE: what can be chosen
	Tokens     *Tokens
}

// Tokens are what a finished sign-in hands out. Refresh is empty where it does not change.
type Tokens struct {
	Access, ID, Refresh string
	ExpiresIn           time.Duration // of the access token
	NewDevice           *NewDevice    // nil where the sign-in was offered none
}

// Faults that more than one file gives.
var (
	incorrect = fault.New(fault.NotAuthorized, "Incorrect username or password.")
	exceeded  = fault.New(fault.NotAuthorized, "Password attempts exceeded")
	disabled  = fault.New(fault.NotAuthorized, "User is disabled.")
	noUser    = fault.New(fault.UserNotFound, "User does not exist.")
)

// maxRounds bounds how often an attempt starts over because its user changed meanwhile.
const maxRounds = 4

// Start begins a sign-in.
func (s *Signin) Start(ctx context.Context, a Attempt) (*Outcome, error) {
	return s.again(func() (*Outcome, error) {
		switch a.Flow {
		case shape.AuthFlowTypeUserPasswordAuth:
			if a.Admin {
				return nil, fault.New(fault.InvalidParameter, "Initiate Auth method not supported.")
			}
			return s.startPassword(ctx, a, "USER_PASSWORD_AUTH")
		case shape.AuthFlowTypeAdminUserPasswordAuth, shape.AuthFlowTypeAdminNoSrpAuth:
			if !a.Admin {
				return nil, fault.New(fault.InvalidParameter, "Initiate Auth method not supported.")
			}
			return s.startPassword(ctx, a, "ADMIN_USER_PASSWORD_AUTH")
		case shape.AuthFlowTypeUserSrpAuth:
			return s.startSRP(ctx, a)
		case shape.AuthFlowTypeCustomAuth:
			return s.startCustom(ctx, a)
		case shape.AuthFlowTypeUserAuth:
			return s.startChoice(ctx, a)
		case shape.AuthFlowTypeRefreshToken, shape.AuthFlowTypeRefreshTokenAuth:
			return s.startRefresh(ctx, a)
		}
		return nil, fault.Newf(fault.InvalidParameter, "The flow %s is not served yet.", a.Flow)
	})
}

// Answer goes on with a sign-in that asked for something.
func (s *Signin) Answer(ctx context.Context, a Answer) (*Outcome, error) {
	return s.again(func() (*Outcome, error) {
		switch a.Challenge {
		case shape.ChallengeNameTypePasswordVerifier:
			return s.answerSRP(ctx, a)
		case shape.ChallengeNameTypeNewPasswordRequired:
			return s.answerNewPassword(ctx, a)
		case shape.ChallengeNameTypeCustomChallenge:
			return s.answerCustom(ctx, a)
		case shape.ChallengeNameTypeSelectChallenge:
			return s.answerSelect(ctx, a)
		case shape.ChallengeNameTypePassword, shape.ChallengeNameTypePasswordSrp, shape.ChallengeNameTypeSmsOtp, shape.ChallengeNameTypeWebAuthn:
			return s.answerFirst(ctx, a)
		case shape.ChallengeNameTypeSmsMfa, shape.ChallengeNameTypeEmailOtp, shape.ChallengeNameTypeSoftwareTokenMfa:
			if s.asksFirst(a) {
				return s.answerFirst(ctx, a)
			}
			return s.answerFactor(ctx, a)
		case shape.ChallengeNameTypeSelectMfaType:
			return s.answerChoice(ctx, a)
		case shape.ChallengeNameTypeMfaSetup:
			return s.answerSetUp(ctx, a)
		case shape.ChallengeNameTypeDeviceSrpAuth:
			return s.answerDevice(ctx, a)
		case shape.ChallengeNameTypeDevicePasswordVerifier:
			return s.answerDeviceProof(ctx, a)
		}
		return nil, invalidSession
	})
}

// errChanged says that the user changed between reading and writing.
var errChanged = errors.New("the user changed meanwhile")

// again starts over while the user changes under the attempt: what was read in
// the View must still hold in the Update.
func (s *Signin) again(try func() (*Outcome, error)) (out *Outcome, err error) {
	for range maxRounds {
		if out, err = try(); !errors.Is(err, errChanged) {
			return out, err
		}
	}
	return nil, fault.New(fault.TooManyRequests, "Rate exceeded").Because(err)
}

// notEnabled refuses a flow that the client may not use; administrators read other words.
func notEnabled(a Attempt, message string) error {
	if a.Admin {
		message = "Auth flow not enabled for this client"
	}
	return fault.New(fault.InvalidParameter, message)
}

// required returns a parameter that must be there.
func required(parameters map[string]string, name string) (string, error) {
	v := parameters[name]
	if v == "" {
		return "", fault.Newf(fault.InvalidParameter, "Missing required parameter %s", name)
	}
	return v, nil
}

func (s *Signin) newID() (string, error) {
	id, err := uuid.NewRandomFromReader(s.cfg.Rand)
	return id.String(), err
}
