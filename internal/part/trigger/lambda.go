package trigger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// lambdaRuntime is the Invoke operation of AWS Lambda, as its emulators speak it too.
type lambdaRuntime struct {
	url, host, region string
	keys              aws.CredentialsProvider
	signer            *v4.Signer
	client            *http.Client
	cfg               Config
}

var validRegion = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,20}){1,3}-[0-9]{1,2}$`)

// openLambda reads
//
//	lambda://eu-west-1
//	lambda://AKIAIOSFODNN7EXAMPLE:secret@eu-west-1?endpoint=http://localhost:4566
//
// The function is the one of the ARN. With no key in the URL, the credentials are
// those of the SDK's default chain: variables, the shared files, the role of the
// container or machine. endpoint goes elsewhere than to the region's own address, in
// plain text to this machine only.
func openLambda(arn string, u *url.URL, c Config) (Runtime, error) {
	set, err := webhook.Settings(u.RawQuery, "endpoint")
	if err != nil {
		return nil, err
	}
	region := u.Hostname()
	if u.Fragment != "" || u.Path != "" && u.Path != "/" || u.Port() != "" || !validRegion.MatchString(region) {
		return nil, errors.New("want lambda://REGION, with a region such as eu-west-1")
	}
	at := &url.URL{Scheme: "https", Host: "lambda." + region + ".amazonaws.com"}
	if endpoint := set["endpoint"]; endpoint != "" {
		at, err = url.Parse(endpoint)
		if err != nil || at.Host == "" || at.User != nil || at.Path != "" && at.Path != "/" || at.RawQuery != "" || at.Fragment != "" ||
			at.Scheme != "https" && (at.Scheme != "http" || !webhook.IsLoopback(at.Hostname())) {
			return nil, errors.New("endpoint must be an https URL without a path")
		}
	}
	keys, err := lambdaCredentials(u.User, region)
	if err != nil {
		return nil, err
	}
	return &lambdaRuntime{
		url:  at.Scheme + "://" + at.Host + "/2015-03-31/functions/" + url.PathEscape(arn) + "/invocations",
		host: at.Host, region: region, keys: keys, signer: v4.NewSigner(), client: newClient(c), cfg: c,
	}, nil
}

func lambdaCredentials(user *url.Userinfo, region string) (aws.CredentialsProvider, error) {
	if user != nil {
		secret, _ := user.Password()
		if user.Username() == "" || secret == "" {
			return nil, errors.New("want both an access key id and its secret, or neither")
		}
		return credentials.NewStaticCredentialsProvider(user.Username(), secret, ""), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	found, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("read AWS's configuration: %w", err)
	}
	return found.Credentials, nil
}

// Format prints where the function is.
func (r *lambdaRuntime) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "function at "+r.host)
}

// Invoke is that of Runtime.
func (r *lambdaRuntime) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	keys, err := r.keys.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("find credentials for Lambda in %s: %w", r.region, err)
	}
	sum := sha256.Sum256(event)
	answer, err := send(ctx, r.client, func(ctx context.Context) (*http.Request, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(event))
		if err != nil {
			return nil, errors.New("prepare request")
		}
		q.Header.Set("Content-Type", "application/json")
		err = r.signer.SignHTTP(ctx, keys, q, hex.EncodeToString(sum[:]), "lambda", r.region, r.cfg.Now())
		return q, err
	})
	if err != nil {
		return nil, fmt.Errorf("invoke by Lambda in %s: %w", r.region, err)
	}
	switch message, throws := answer.thrown(); {
	case answer.status != http.StatusOK:
		return nil, fmt.Errorf("invoke by Lambda in %s: %w", r.region, answer.refusal())
	case throws:
		return nil, &Thrown{message}
	case answer.failed:
		return nil, &Thrown{"of unknown kind"}
	}
	return answer.body, nil
}

// refused is an error that Lambda itself names, such as AccessDeniedException.
type refused struct{ code string }

func (r *refused) Error() string { return "it refused with " + r.code }

// codeOfLetters is an error's name. Anything else that a server calls its error
// might quote the event.
var codeOfLetters = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

func (a reply) refusal() error {
	var told struct {
		Type string
	}
	if wire.Decode(a.body, &told) == nil && codeOfLetters.MatchString(told.Type) {
		return &refused{told.Type}
	}
	return fmt.Errorf("it answered %d", a.status)
}
