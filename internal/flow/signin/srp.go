package signin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

const (
	// srpLife is how long the answer to PASSWORD_VERIFIER may take: a program
	// computes it, nobody types it.
	srpLife = time.Minute
	// srpSkew is how far the client's TIMESTAMP may be from our clock.
	srpSkew = 5 * time.Minute
)

// prover is what a user proves a password against: the record, or a made-up
// one that nothing matches, so that unknown users answer as known ones do.
type prover struct {
	userID   string // USER_ID_FOR_SRP
	salt     []byte
	verifier srp.Verifier
	real     bool
}

// startSRP is USER_SRP_AUTH.
func (s *Signin) startSRP(ctx context.Context, a Attempt) (*Outcome, error) {
	m, err := s.meet(ctx, a.PoolID, a.ClientID, a.Parameters["USERNAME"], a.Origin)
	if err != nil {
		return nil, err
	}
	if !m.client.Allows("USER_SRP_AUTH") {
		return nil, notEnabled(a, "USER_SRP_AUTH is not enabled for the client.")
	}
	if _, err := required(a.Parameters, "USERNAME"); err != nil {
		return nil, err
	}
	clientA, err := required(a.Parameters, "SRP_A")
	if err != nil {
		return nil, err
	}
	m.first = bySRP
	m.brings(a.Parameters)
	if err := srp.ParseA(clientA); err != nil {
		return nil, err
	}
	if err := s.checkSecretHash(m, a.Parameters); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	return s.proveSRP(m, clientA)
}

// proveSRP begins SRP: it always leads to PASSWORD_VERIFIER.
func (s *Signin) proveSRP(m *party, clientA string) (*Outcome, error) {
	if s.turnedAway(m) {
		return nil, exceeded
	}
	p, err := s.prover(m)
	if err != nil {
		return nil, err
	}
	return s.askSRP(m, p, clientA)
}

func (s *Signin) askSRP(m *party, p prover, clientA string) (*Outcome, error) {
	challenge, err := srp.NewChallenge(s.cfg.Rand, p.verifier)
	if err != nil {
		return nil, fmt.Errorf("begin SRP: %w", err)
	}
	block, err := s.sealSession(m, session{
		Challenge: shape.ChallengeNameTypePasswordVerifier,
		A:         clientA, B: challenge.Secret,
	}, min(srpLife, m.client.SessionValidity()))
	if err != nil {
		return nil, err
	}
	return &Outcome{
		Challenge: shape.ChallengeNameTypePasswordVerifier,
		Parameters: map[string]string{
			"SALT":            hex.EncodeToString(p.salt),
			"SRP_B":           challenge.B,
			"SECRET_BLOCK":    base64.StdEncoding.EncodeToString(block),
			"USERNAME":        p.userID,
			"USER_ID_FOR_SRP": p.userID,
		},
	}, nil
}

// prover finds the user's record or makes one up.
func (s *Signin) prover(m *party) (prover, error) {
	if m.user != nil {
		c, err := s.cfg.Credential.Open(m.user)
		if err != nil && !errors.Is(err, credential.ErrNone) {
			return prover{}, err
		}
		if err == nil && c.Scheme == model.SchemeSRP {
			return prover{m.user.Username, c.Salt, c.Verifier, true}, nil
		}
	}
	return s.pretendProver(m)
}

// pretendProver derives everything from the name, so that the same name gets
// the same salt and user id each time.
func (s *Signin) pretendProver(m *party) (prover, error) {
	name := m.pool.Fold(m.name)
	if m.user != nil { // known, but without a verifier: one salt under all names, as ever
		name = m.pool.Fold(m.user.Username)
	}
	seed := func(purpose string) []byte { return s.cfg.Ring.Derive(purpose, m.pool.ID, name) }
	salt, err := srp.NewSalt(bytes.NewReader(seed("unknown user salt")))
	if err != nil {
		return prover{}, err
	}
	userID := name
	switch {
	case m.user != nil:
		userID = m.user.Username
	case standsForAnother(m.pool, name):
		var id uuid.UUID
		copy(id[:], seed("unknown user id"))
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // as every sub of ours: version 4
		userID = id.String()
	}
	// Any number below N serves as a verifier that no password has.
	verifier := make(srp.Verifier, 0, 384)
	for part := byte('a'); len(verifier) < 384; part++ {
		verifier = append(verifier, seed("unknown user verifier "+string(part))...)
	}
	verifier[0] &= 0x7f
	return prover{userID, salt, verifier, false}, nil
}

// standsForAnother tells whether a name can only lead to a user who is called
// otherwise: an e-mail address in a pool that signs in with it leads to a sub.
// Such a name must not come back as USER_ID_FOR_SRP, or it says that nobody has it.
func standsForAnother(p *model.Pool, name string) bool {
	if uuid.Validate(name) == nil {
		return false // a sub, which is its own
	}
	return len(p.Doc.UsernameAttributes) > 0 ||
		p.HasAlias("email") && strings.Contains(name, "@") ||
		p.HasAlias("phone_number") && strings.HasPrefix(name, "+")
}

// answerSRP checks the proof of PASSWORD_VERIFIER.
func (s *Signin) answerSRP(ctx context.Context, a Answer) (*Outcome, error) {
	claim, err := parseClaim(a.Responses)
	if err != nil {
		return nil, err
	}
	ss, err := s.openFor(claim.block, a.ClientID, a.Challenge)
	if err != nil {
		return nil, err
	}
	m, err := s.meetAs(ctx, a.PoolID, a.ClientID, ss.Name, a.Origin, ss.Custom != nil)
	if err != nil {
		return nil, err
	}
	m.session, m.first = ss, bySRP
	m.custom, m.metadata, m.eventID, m.eventAt = ss.Custom, a.Metadata, ss.EventID, ss.EventAt
	p, err := s.prover(m)
	if err != nil {
		return nil, err
	}
	// The answer names the user as the challenge did, as the sign-in did, or by the sub.
	if err := s.checkSecretHashOf(m, a.Responses, p.userID); err != nil {
		return nil, err
	}
	if u := a.Responses["USERNAME"]; u != p.userID && u != ss.Name && (m.user == nil || u != m.user.Sub) {
		return nil, incorrect
	}
	if err := s.admit(ctx, m); err != nil {
		return nil, err
	}
	if err := s.known(m); err != nil {
		return nil, err
	}
	if s.turnedAway(m) {
		return nil, exceeded
	}
	if err := s.near(claim); err != nil {
		return nil, err
	}
	key, err := srp.SessionKey(p.verifier, ss.B, ss.A)
	if err != nil {
		return nil, err
	}
	want := srp.Signature(key, m.pool.SRPName(), p.userID, claim.block, claim.timestamp)
	if !hmac.Equal(want, claim.signature) || !p.real || m.user.Sub != ss.Sub || m.shut {
		return nil, s.wrong(ctx, m)
	}
	m.brought.key = ss.Device
	m.brings(a.Responses)
	return s.next(ctx, m)
}

// near refuses a proof whose TIMESTAMP is not about now.
func (s *Signin) near(c claim) error {
	if skew := s.cfg.Now().Sub(c.at); skew > srpSkew || skew < -srpSkew {
		return fault.New(fault.InvalidParameter, "TIMESTAMP is too far from the current time.")
	}
	return nil
}

// checkSecretHashOf accepts a hash over the name in the answer, which SDKs set to USER_ID_FOR_SRP.
func (s *Signin) checkSecretHashOf(m *party, responses map[string]string, userID string) error {
	names := []string{responses["USERNAME"], m.name, userID}
	if m.user != nil {
		names = append(names, m.user.Sub)
	}
	return s.cfg.Credential.CheckSecretHash(m.client, responses["SECRET_HASH"], names...)
}

// claim is the answer to PASSWORD_VERIFIER, decoded.
type claim struct {
	block     []byte
	signature []byte
	timestamp string
	at        time.Time
}

func parseClaim(responses map[string]string) (claim, error) {
	var p claim
	for _, name := range []string{"USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"} {
		if _, err := required(responses, name); err != nil {
			return p, err
		}
	}
	var err error
	if p.block, err = base64.StdEncoding.DecodeString(responses["PASSWORD_CLAIM_SECRET_BLOCK"]); err != nil {
		return p, invalidSession
	}
	if p.signature, err = base64.StdEncoding.DecodeString(responses["PASSWORD_CLAIM_SIGNATURE"]); err != nil {
		return p, incorrect
	}
	p.timestamp = responses["TIMESTAMP"]
	p.at, err = srp.ParseTimestamp(p.timestamp)
	return p, err
}
