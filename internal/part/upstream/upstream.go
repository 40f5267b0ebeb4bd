// Package upstream speaks to the user pool that users come from.
//
//	Cognito  a pool at Amazon Cognito, or at another server with its API
//	Folder   what the AWS CLI printed of one
//
// Both are a Source: they tell the answers of the API's operations, as JSON in its
// own form. Cognito is also asked whether a password is right (ask.go).
package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
)

// Query is what an operation is asked with. Each takes what it needs of it.
type Query struct {
	Client, Group, Provider, User, Terms string
	Token                                string // of the next page; "" = the first
}

// Source tells the answers of the operations that describe and list a pool. It is
// safe for concurrent use.
type Source interface {
	// Read returns the answer of an operation, such as DescribeUserPool, and for a
	// list the token of the next page, "" at its end. ErrAbsent says that there is
	// no answer: the thing does not exist, or its file does not.
	Read(ctx context.Context, operation string, q Query) (answer []byte, next string, err error)
}

// ErrAbsent says that the source has no answer.
var ErrAbsent = errors.New("the source does not have it")

// ErrDenied says that the credentials may not ask for it.
var ErrDenied = errors.New("the credentials are not allowed to ask for it")

// Config is how a pool at Cognito is reached.
type Config struct {
	PoolID  string // eu-west-1_AbCdEfGhI: its region is the endpoint's
	Profile string // of AWS's shared files; "" = as AWS's tools choose it
	// Endpoint is https://... of a server with the API; "" = Amazon's. Plain http
	// is for this machine alone.
	Endpoint string
	// ClientID and ClientSecret are of the app client that passwords are asked
	// through; "" and "" where nobody asks. With Admin, administrators' credentials ask.
	ClientID, ClientSecret string
	Admin                  bool
	Timeout                time.Duration // of one attempt; 0 = 10 seconds
	Attempts               int           // of a request that is throttled or fails; 0 = 10
}

var (
	poolID  = regexp.MustCompile(`^([a-z]{2,4}(?:-[a-z]{2,20}){1,3}-[0-9]{1,2})_[0-9A-Za-z]{1,45}$`)
	errPool = errors.New("want the id of a user pool, such as eu-west-1_AbCdEfGhI")
)

// RegionOf is the region in the id of a pool.
func RegionOf(id string) (string, error) {
	m := poolID.FindStringSubmatch(id)
	if m == nil {
		return "", errPool
	}
	return m[1], nil
}

// Cognito is a pool at Amazon Cognito.
type Cognito struct {
	cfg Config
	api *idp.Client
}

// Open makes a Cognito. It sends nothing yet. The credentials are those that AWS's
// tools would find; where none are needed (Admin is not set and only passwords are
// asked), none are looked for before they are.
func Open(cfg Config) (*Cognito, error) {
	region, err := RegionOf(cfg.PoolID)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 10
	}
	options := idp.Options{
		Region:     region,
		HTTPClient: &http.Client{Timeout: cfg.Timeout, CheckRedirect: stay, Transport: transport()},
		// Adaptive: what is throttled slows everything down that comes after it.
		Retryer: retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, attempts(cfg.Attempts))
		}),
		Credentials: aws.NewCredentialsCache(lazyCredentials{region, cfg.Profile}),
	}
	if cfg.Endpoint != "" {
		if err := CheckEndpoint(cfg.Endpoint); err != nil {
			return nil, err
		}
		options.BaseEndpoint = &cfg.Endpoint
	}
	return &Cognito{cfg: cfg, api: idp.New(options)}, nil
}

func attempts(n int) func(*retry.StandardOptions) {
	return func(o *retry.StandardOptions) { o.MaxAttempts = n }
}

// CheckEndpoint refuses an endpoint to which passwords should not be sent.
func CheckEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the endpoint must be an https URL")
	}
	loopback := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return errors.New("the endpoint must be an https URL; http is for this machine alone")
	}
	return nil
}

// stay follows no redirect: the API has none, and bodies carry passwords.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	return t
}

// lazyCredentials reads AWS's configuration when a request is to be signed.
type lazyCredentials struct{ region, profile string }

// Retrieve finds the credentials.
func (l lazyCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	options := []func(*config.LoadOptions) error{config.WithRegion(l.region)}
	if l.profile != "" {
		options = append(options, config.WithSharedConfigProfile(l.profile))
	}
	found, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("read AWS's configuration: %w", err)
	}
	return found.Credentials.Retrieve(ctx)
}

// explain shortens the SDK's error to what it is about. It never quotes a request.
func explain(operation string, err error) error {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		switch code := fault.ErrorCode(); code {
		case "ResourceNotFoundException", "UserPoolAddOnNotEnabledException", "UserNotFoundException", "UnknownOperationException":
			return fmt.Errorf("%s: %s: %s: %w", operation, code, fault.ErrorMessage(), ErrAbsent)
		case "AccessDeniedException", "NotAuthorizedException":
			return fmt.Errorf("%s: %w", operation, ErrDenied)
		}
		return fmt.Errorf("%s: %s: %s", operation, fault.ErrorCode(), fault.ErrorMessage())
	}
	text := err.Error()
	if i := strings.LastIndex(text, "https response error"); i > 0 {
		text = text[i:]
	}
	return fmt.Errorf("%s: %s", operation, text)
}
