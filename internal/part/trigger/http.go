package trigger

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// httpRuntime posts each event, as Lambda's own emulators read it:
//
//	POST /path
//	Content-Type: application/json
//	Webhook-Id, Webhook-Timestamp, Webhook-Signature   where the URL has a secret: see package webhook
//
//	{"version":"1","triggerSource":"DefineAuthChallenge_Authentication",...}
//
// The answer is 200 and the event with its response. A function throws by
//
//	{"errorMessage":"..."}
//
// with a status of 400 to 499, with a header X-Amz-Function-Error, or with 200 and
// no response beside it. Anything else is a failure.
type httpRuntime struct {
	to     webhook.Target
	client *http.Client
	cfg    Config
}

// openHTTP reads a URL of package webhook.
func openHTTP(_ string, u *url.URL, c Config) (Runtime, error) {
	to, err := webhook.Parse(u)
	if err != nil {
		return nil, err
	}
	return &httpRuntime{to, newClient(c), c}, nil
}

// Format prints where the function is.
func (r *httpRuntime) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "function at "+r.to.Host) }

// Invoke is that of Runtime.
func (r *httpRuntime) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	id, err := uuid.NewRandomFromReader(r.cfg.Rand)
	if err != nil {
		return nil, fmt.Errorf("name a call: %w", err)
	}
	answer, err := send(ctx, r.client, func(ctx context.Context) (*http.Request, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.to.URL, bytes.NewReader(event))
		if err != nil {
			return nil, errors.New("prepare request")
		}
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("User-Agent", "Gatehouse")
		webhook.Sign(q.Header, r.to.Secret, id.String(), event, r.cfg.Now())
		return q, nil
	})
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", r.to.Host, err)
	}
	message, throws := answer.thrown()
	switch ok := answer.status == http.StatusOK; {
	case throws && (ok || answer.status >= 400 && answer.status < 500):
		return nil, &Thrown{message}
	case answer.failed || !ok:
		return nil, fmt.Errorf("call %s: it answered %d", r.to.Host, answer.status)
	}
	return answer.body, nil
}

// reply is what came back of a call.
type reply struct {
	status int
	failed bool // X-Amz-Function-Error was there
	body   []byte
}

// functionError is the header by which Lambda tells that the function threw.
const functionError = "X-Amz-Function-Error"

// thrown reads the error of a function. Beside a response it is a member that nobody knows.
func (a reply) thrown() (message string, ok bool) {
	var told struct {
		ErrorMessage *string       `json:"errorMessage"`
		Response     wire.Document `json:"response"`
	}
	if wire.Decode(a.body, &told) != nil || told.ErrorMessage == nil || !a.failed && len(told.Response) > 0 {
		return "", false
	}
	return plain(*told.ErrorMessage), true
}

// plain is a message on one line, and not endless.
func plain(s string) string {
	var line []rune
	size := 0
	for _, r := range s {
		if size += len(string(r)); size > maxThrown {
			break
		}
		if unicode.IsControl(r) {
			r = ' '
		}
		line = append(line, r)
	}
	return string(line)
}

// redial is after what time a function is asked once more that could not be reached.
const redial = 100 * time.Millisecond

// send makes a call and reads its answer. Where no connection came about, nothing can
// have arrived, and it is made once more.
func send(ctx context.Context, client *http.Client, prepare func(context.Context) (*http.Request, error)) (reply, error) {
	for attempt := 1; ; attempt++ {
		q, err := prepare(ctx)
		if err != nil {
			return reply{}, err
		}
		a, err := exchange(client, q)
		var dial *net.OpError
		if err == nil || attempt > 1 || !errors.As(err, &dial) || dial.Op != "dial" {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, ctx.Err()
		case <-time.After(redial):
		}
	}
}

var errTooLong = fmt.Errorf("its answer is longer than %d bytes", MaxAnswer)

func exchange(client *http.Client, q *http.Request) (reply, error) {
	p, err := client.Do(q)
	if err != nil {
		// The client's own error quotes the URL, and a password in it.
		var quoting *url.Error
		if errors.As(err, &quoting) {
			err = quoting.Err
		}
		return reply{}, err
	}
	defer p.Body.Close()
	a := reply{status: p.StatusCode, failed: p.Header.Get(functionError) != ""}
	a.body, err = io.ReadAll(io.LimitReader(p.Body, MaxAnswer+1))
	if err == nil && len(a.body) > MaxAnswer {
		err = errTooLong
	}
	return a, err
}

func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
