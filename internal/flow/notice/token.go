package notice

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// TokenLife is how long after its event a feedback token is good. It may be used
// any number of times: people change their minds.
const TokenLife = 30 * 24 * time.Hour

// FeedbackPath is where the links in mails lead, after the base URL. The token
// and the answer follow in the query, under the names TokenKey and AnswerKey.
const (
	FeedbackPath = "/_gatehouse/feedback"
	TokenKey     = "token"
	AnswerKey    = "answer"
)

// Claim is what a feedback token is about. Who holds the token may answer for the user.
type Claim struct {
	PoolID  string
	Sub     string
	EventID string
	At      time.Time // of the event
}

// claim is a Claim inside a token.
type claim struct {
	Pool  string `json:"p"`
	Sub   string `json:"s"`
	Event string `json:"e"`
	At    int64  `json:"t"` // microseconds
}

const (
	purposeToken = "feedback token"
	// maxToken is longer than any token of ours: a pool's id has 55 characters, an event's 50.
	maxToken = 1024
)

// token seals what a mail's links are about. It is of the characters that
// Cognito's tokens have, so that it can stand in a URL as it is.
func (n *Notices) token(e *model.Event) string {
	plain := wire.Must(claim{e.PoolID, e.Sub, e.ID, e.CreatedAt.UnixMicro()})
	return base64.RawURLEncoding.EncodeToString(n.cfg.Ring.Seal(purposeToken, plain))
}

// link answers with one click, and another on the page.
func (n *Notices) link(token, value string) string {
	query := url.Values{AnswerKey: {strings.ToLower(value)}, TokenKey: {token}}
	return n.cfg.BaseURL + FeedbackPath + "?" + query.Encode()
}

var (
	badToken   = fault.New(fault.NotAuthorized, "Invalid feedback token given.")
	staleToken = fault.New(fault.NotAuthorized, "Feedback token has expired.")
)

// BadToken is the refusal of a token that is not about what the request says.
func BadToken() error { return badToken }

// Read opens a feedback token. A fault says that it is none of ours, or too old.
func (n *Notices) Read(token string) (Claim, error) {
	if len(token) > maxToken {
		return Claim{}, badToken.Because(errors.New("it is too long"))
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return Claim{}, badToken // the decoder's error tells where, and no more
	}
	plain, err := n.cfg.Ring.Open(purposeToken, box)
	if err != nil {
		return Claim{}, badToken.Because(err)
	}
	var c claim
	if err := wire.Read(plain, &c); err != nil {
		return Claim{}, badToken.Because(err)
	}
	at := time.UnixMicro(c.At).UTC()
	if !n.cfg.Now().Before(at.Add(TokenLife)) {
		return Claim{}, staleToken
	}
	return Claim{c.Pool, c.Sub, c.Event, at}, nil
}
