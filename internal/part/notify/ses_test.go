package notify_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/notifytest"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
)

const (
	sesKey    = "AKIAIOSFODNN7EXAMPLE"
	sesSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	sesRegion = "eu-west-1"
)

// fakeSES takes what SES takes: a POST with the right signature. It answers as told.
type fakeSES struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	refusal  *refusal // nil: accept
	hang     chan struct{}
	entered  func()
	requests []sesRequest
	mails    []smtptest.Mail
}

type refusal struct {
	status        int
	name, message string
}

// sesRequest is the body of SendEmail, with the members that we set.
type sesRequest struct {
	FromEmailAddress     string
	ConfigurationSetName string
	Destination          struct{ ToAddresses []string }
	Content              struct{ Raw struct{ Data []byte } }
	EmailTags            []struct{ Name, Value string }
}

func startSES(t *testing.T) *fakeSES {
	s := &fakeSES{t: t}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.heal()
		s.Server.Close()
	})
	return s
}

func (s *fakeSES) open(settings string) notify.Sender {
	s.t.Helper()
	sender, err := notify.Config{Now: noon}.Open("ses://" + sesKey + ":" + url.QueryEscape(sesSecret) + "@" + sesRegion +
		"?from=no-reply@example.org&endpoint=" + url.QueryEscape(s.URL) + settings)
	if err != nil {
		s.t.Fatal(err)
	}
	return sender
}

func (s *fakeSES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	if err := checkSigned(r, body); err != nil || r.Method+" "+r.URL.Path != "POST /v2/email/outbound-emails" {
		s.t.Errorf("got %s %s, %v", r.Method, r.URL.Path, err)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	s.mu.Lock()
	refused, hang, entered := s.refusal, s.hang, s.entered
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case hang != nil:
		entered()
		<-hang
	case refused != nil:
		w.Header().Set("X-Amzn-Errortype", refused.name)
		w.WriteHeader(refused.status)
		fmt.Fprintf(w, `{"message":%q}`, refused.message)
	default:
		s.take(body)
		io.WriteString(w, `{"MessageId":"0102018f-0000"}`) //nolint:errcheck // the test sees it
	}
}

func (s *fakeSES) take(body []byte) {
	var in sesRequest
	if err := json.Unmarshal(body, &in); err != nil {
		s.t.Errorf("not JSON: %v", err)
		return
	}
	m, err := smtptest.Read(in.Content.Raw.Data)
	if err != nil {
		s.t.Errorf("not a mail: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.mails = append(s.requests, in), append(s.mails, m)
}

// checkSigned signs the request again and compares.
func checkSigned(r *http.Request, body []byte) error {
	sent := r.Header.Get("Authorization")
	_, list, ok := strings.Cut(sent, "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if !ok || err != nil {
		return fmt.Errorf("unsigned: %q, %v", sent, err)
	}
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		return err
	}
	again.ContentLength = r.ContentLength
	for name := range strings.SplitSeq(list, ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	sum := sha256.Sum256(body)
	signer := v4.NewSigner()
	key := aws.Credentials{AccessKeyID: sesKey, SecretAccessKey: sesSecret}
	if err := signer.SignHTTP(r.Context(), key, again, hex.EncodeToString(sum[:]), "ses", sesRegion, at); err != nil {
		return err
	}
	if want := again.Header.Get("Authorization"); sent != want {
		return fmt.Errorf("got the signature %q, want %q", sent, want)
	}
	return nil
}

func (s *fakeSES) refuse(status int, name, message string) func() {
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refusal = &refusal{status, name, message}
	}
}

func (s *fakeSES) fallSilent() <-chan struct{} {
	hanging := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang, s.entered = make(chan struct{}), sync.OnceFunc(func() { close(hanging) })
	return hanging
}

func (s *fakeSES) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hang != nil {
		close(s.hang)
	}
	s.refusal, s.hang = nil, nil
}

// received are the messages that came, by their ids in SES's events.
func (s *fakeSES) received() []notify.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []notify.Message
	for i, m := range s.mails {
		in := s.requests[i]
		if len(in.Destination.ToAddresses) != 1 || len(in.EmailTags) != 1 || in.EmailTags[0].Name != "gatehouse-message" {
			s.t.Errorf("got %+v", in)
			continue
		}
		list = append(list, notify.Message{ID: in.EmailTags[0].Value, To: in.Destination.ToAddresses[0], Subject: m.Subject, Text: m.Text, HTML: m.HTML})
	}
	return list
}

func TestSESKeepsTheContract(t *testing.T) {
	notifytest.Run(t, func(t *testing.T) notifytest.Rig {
		s := startSES(t)
		rude := "I will not take 482913 for ann@example.com from " + sesKey + " " + sesSecret
		return notifytest.Rig{
			Sender:   s.open(""),
			Channel:  notify.Email,
			Secrets:  []string{sesSecret, url.QueryEscape(sesSecret), sesKey},
			Received: s.received,
			Refuse:   s.refuse(http.StatusBadRequest, "MessageRejected", rude),
			Busy:     s.refuse(http.StatusTooManyRequests, "TooManyRequestsException", rude),
			Hang:     s.fallSilent,
			Heal:     s.heal,
		}
	})
}

func TestSESRequest(t *testing.T) {
	s := startSES(t)
	sender := s.open("&configuration-set=watched")
	m := letter("m-1")
	m.ReplyTo = "Zoë <help@example.org>"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	m.From = "Zoë <other@example.net>"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"<no-reply@example.org>", "=?utf-8?q?Zo=C3=AB?= <other@example.net>"} {
		if in := s.requests[i]; in.FromEmailAddress != want || in.ConfigurationSetName != "watched" {
			t.Errorf("got from %q, configuration %q; want %q, watched", in.FromEmailAddress, in.ConfigurationSetName, want)
		}
		if got := s.mails[i].Header.Get("From"); got != want {
			t.Errorf("the mail is from %q, want %q", got, want)
		}
	}
	for name, want := range map[string]string{
		"To": "<ann@example.com>", "Reply-To": "=?utf-8?q?Zo=C3=AB?= <help@example.org>", "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
		"Auto-Submitted": "auto-generated",
	} {
		if got := s.mails[0].Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestSESTellsForGoodFromForNow(t *testing.T) {
	for _, c := range []struct {
		status        int
		name, message string
		want          string
	}{
		{400, "MessageRejected", "Transaction failed: Illegal address", "for good"},
		{400, "BadRequestException", "Missing final '@domain'", "for good"},
		{400, "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.com", "for now"},
		{400, "AccountSuspendedException", "", "for now"},
		{400, "SendingPausedException", "", "for now"},
		{400, "MailFromDomainNotVerifiedException", "", "for now"},
		{400, "LimitExceededException", "", "for now"},
		{400, "ExpiredTokenException", "", "for now"},
		{403, "InvalidSignatureException", "", "for now"},
		{403, "AccessDeniedException", "", "for now"},
		{404, "NotFoundException", "Configuration set <x> does not exist.", "for now"},
		{429, "TooManyRequestsException", "", "for now"},
		{500, "InternalServiceErrorException", "", "for now"},
		{301, "", "", "for now"},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.name, " ", c.message), func(t *testing.T) {
			s := startSES(t)
			s.refuse(c.status, c.name, c.message)()
			err := s.open("").Send(t.Context(), letter("m-1"))
			got := "for now"
			if errors.Is(err, notify.ErrPermanent) {
				got = "for good"
			}
			if err == nil || got != c.want || !strings.Contains(err.Error(), fmt.Sprint(c.status)) {
				t.Errorf("got %v, %s; want %s", err, got, c.want)
			}
		})
	}
}

func TestSESByTheDefaultChain(t *testing.T) {
	s := startSES(t)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": sesKey, "AWS_SECRET_ACCESS_KEY": sesSecret, "AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		// Set where people try Gatehouse with AWS's own tools: mail must not go there.
		"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "us-west-2",
	} {
		t.Setenv(name, value)
	}
	sender, err := notify.Config{Now: noon}.Open("ses://" + sesRegion + "?from=no-reply@example.org&endpoint=" + url.QueryEscape(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), letter("m-1")); err != nil {
		t.Fatal(err)
	}
	if got := s.received(); len(got) != 1 || got[0].ID != "m-1" {
		t.Errorf("got %v", got)
	}
}

func TestSESIsForMailAlone(t *testing.T) {
	s := startSES(t)
	err := s.open("").Send(t.Context(), notify.Message{ID: "m-1", Channel: notify.SMS, To: "+12065559934", Text: "482913"})
	if !errors.Is(err, notify.ErrPermanent) || len(s.received()) != 0 {
		t.Errorf("got %v", err)
	}
}
