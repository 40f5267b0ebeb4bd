// Package trigger gives the functions of an operator that decide at points of a flow: Cognito's Lambda triggers.
//
//	Event ── Run ── Functions: ARN -> URL ── Runtime.Invoke ──> the event with its response | Thrown | any other error
//	                                            │
//	                                            ├ http:// https://   http.go
//	                                            └ lambda://          lambda.go
//
// A pool names its functions by ARN, in LambdaConfig, because typed SDKs refuse
// anything else; the operator says where each of them runs. event.go and the files
// beside it have the shapes of what a function reads and answers, run.go what its
// failures are called.
//
// An event holds attributes and answers of users, so nothing here prints one, and no
// error repeats what a function answered but the message that it threw, which is
// meant to be read, nor anything of a URL but its host.
//
// To add a runtime: a file with a Runtime, a row in schemes, and the stories of triggertest.
package trigger

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Runtime runs one function.
//
// Invoke hands it an event and returns what it answers, of at most MaxAnswer bytes
// and not looked at. It is safe for concurrent use and gives up when ctx ends. A
// *Thrown is what the function says went wrong; any other error is that it could not
// be run, or nobody knows whether it was. A function is asked once: it may be asked
// again only where nothing of the event can have reached it.
type Runtime interface {
	Invoke(ctx context.Context, event []byte) ([]byte, error)
}

// Thrown is an error of the function's own. Its message is for clients to read.
type Thrown struct{ Message string }

func (t *Thrown) Error() string { return "the function threw: " + t.Message }

const (
	// Limit is how long a function may take, as with Cognito.
	Limit = 5 * time.Second
	// MaxAnswer bounds what a function may answer.
	MaxAnswer = 1 << 20
	// maxThrown bounds the message that a client reads, in bytes.
	maxThrown = 1024
)

// Config is what runtimes need besides their URL. The zero Config is ready for use.
type Config struct {
	Now   func() time.Time // dates signatures; nil = time.Now
	Rand  io.Reader        // names calls; nil = crypto/rand
	Roots *x509.CertPool   // authorities to trust; nil = those of the system
}

// schemes are the runtimes by the scheme of their URL.
var schemes = map[string]func(arn string, u *url.URL, c Config) (Runtime, error){
	"http":   openHTTP,
	"https":  openHTTP,
	"lambda": openLambda,
}

// Open makes the runtime of the function with an ARN; see openHTTP and openLambda for
// the form of URLs. It connects to nothing yet. Errors never repeat the URL.
func (c Config) Open(arn, rawURL string) (Runtime, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's own words quote the part that it stumbled over.
		return nil, errors.New("read the URL: malformed (is every special character of the password percent-encoded?)")
	}
	open, ok := schemes[u.Scheme]
	if !ok {
		return nil, errors.New("read the URL: the scheme must be http, https or lambda")
	}
	r, err := open(arn, u, c)
	if err != nil {
		return nil, fmt.Errorf("open %s runtime: %w", u.Scheme, err)
	}
	return r, nil
}

// newClient makes the client of a runtime. What it asks waits for nobody longer than
// ctx says, and goes where it was told.
func newClient(c Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig(c.Roots)
	transport.MaxResponseHeaderBytes = 64 << 10
	transport.MaxIdleConnsPerHost = atOnce
	return &http.Client{
		Transport: transport,
		// A redirect would carry the event to a place that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
