package notify

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
)

// sesSender hands each message to Amazon SES, written by us as mail, so that it
// looks the same as by SMTP. SES puts a Message-ID of its own in place of ours;
// the tag gatehouse-message keeps the message's id for event destinations.
type sesSender struct {
	region string
	from   *mail.Address
	set    *string // of configurations; nil: the account's default
	client *sesv2.Client
	now    func() time.Time
}

// tagMessage is under what SES's event destinations tell the id of a message.
const tagMessage = "gatehouse-message"

var (
	validRegion = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,20}){1,3}-[0-9]{1,2}$`)
	// validSet is ConfigurationSetName of the API.
	validSet = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// openSES reads
//
//	ses://eu-west-1?from=no-reply@example.com
//	ses://AKIAIOSFODNN7EXAMPLE:secret@eu-west-1?from=Example%20%3Cno-reply@example.com%3E&configuration-set=gatehouse
//
// from must be a verified identity, and is used for messages without one. With
// no key in the URL, the credentials are those of the SDK's default chain:
// variables, the shared files, the role of the container or machine.
// endpoint=https://... goes elsewhere than to the region's own address, in plain
// text to this machine only.
func openSES(u *url.URL, c Config) (Sender, error) {
	set, err := webhook.Settings(u.RawQuery, "from", "configuration-set", "endpoint")
	if err != nil {
		return nil, err
	}
	s := &sesSender{region: u.Hostname(), now: c.Now}
	if u.Fragment != "" || u.Path != "" && u.Path != "/" || u.Port() != "" || !validRegion.MatchString(s.region) {
		return nil, errors.New("want ses://REGION?from=ADDRESS, with a region such as eu-west-1")
	}
	if s.from, err = mailbox(set["from"]); err != nil {
		return nil, errors.New("from must be the e-mail address that messages come from by default")
	}
	if name := set["configuration-set"]; name != "" {
		if !validSet.MatchString(name) {
			return nil, errors.New("configuration-set must be 1 to 64 letters, digits, dashes and underscores")
		}
		s.set = &name
	}
	options := sesv2.Options{
		Region: s.region, HTTPClient: newClient(c),
		Retryer: aws.NopRetryer{}, // the outbox tries again, and knows when it has become pointless
	}
	if endpoint := set["endpoint"]; endpoint != "" {
		at, err := url.Parse(endpoint)
		if err != nil || at.Host == "" || at.User != nil || at.Scheme != "https" && (at.Scheme != "http" || !webhook.IsLoopback(at.Hostname())) {
			return nil, errors.New("endpoint must be an https URL")
		}
		options.BaseEndpoint = &endpoint
	}
	if options.Credentials, err = sesCredentials(u.User, s.region); err != nil {
		return nil, err
	}
	s.client = sesv2.New(options)
	return s, nil
}

// sesCredentials are those of the URL, else of the SDK's default chain, which
// reads variables and files now and asks the network when the first message goes.
func sesCredentials(user *url.Userinfo, region string) (aws.CredentialsProvider, error) {
	if user != nil {
		secret, _ := user.Password()
		if user.Username() == "" || secret == "" {
			return nil, errors.New("want both an access key id and its secret, or neither")
		}
		return credentials.NewStaticCredentialsProvider(user.Username(), secret, ""), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	found, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("read AWS's configuration: %w", err)
	}
	return found.Credentials, nil
}

// Format prints where the sender leads.
func (s *sesSender) Format(f fmt.State, _ rune) { printed(f, "ses sender "+s.region) }

func (s *sesSender) Send(ctx context.Context, m Message) error {
	if m.Channel != Email {
		return fmt.Errorf("send %s by SES: the channel is not e-mail: %w", m.ID, ErrPermanent)
	}
	in, err := s.input(m)
	if err != nil {
		return fmt.Errorf("send %s by SES: %w", m.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if _, err := s.client.SendEmail(ctx, in); err != nil {
		reason := explainSES(err)
		if ctx.Err() != nil {
			reason = errors.Join(ctx.Err(), reason)
		}
		return fmt.Errorf("send %s by SES in %s: %w", m.ID, s.region, reason)
	}
	return nil
}

func (s *sesSender) input(m Message) (*sesv2.SendEmailInput, error) {
	letter, from, err := compose(m, s.from, s.now())
	if err != nil {
		return nil, err
	}
	var raw strings.Builder
	if _, err := letter.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return &sesv2.SendEmailInput{
		FromEmailAddress:     aws.String(from.String()),
		Destination:          &types.Destination{ToAddresses: []string{m.To}},
		Content:              &types.EmailContent{Raw: &types.RawMessage{Data: []byte(raw.String())}},
		ConfigurationSetName: s.set,
		EmailTags:            []types.MessageTag{{Name: aws.String(tagMessage), Value: &m.ID}},
	}, nil
}

// unverified is what SES's rejection of a sender, the operator's to mend, says;
// it shares its name with the rejection of a message.
const unverified = "not verified"

// codeOfLetters is an error's name. Anything else that a server calls its error
// might quote the message.
var codeOfLetters = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

// explainSES tells what SES answered, and whether for good, without its words,
// which quote addresses.
func explainSES(err error) error {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.HTTPStatusCode() == 0 {
		var quoting *url.Error
		if errors.As(err, &quoting) {
			return quoting.Err
		}
		return err
	}
	reason := fmt.Errorf("it answered %d", response.HTTPStatusCode())
	if api := smithy.APIError(nil); errors.As(err, &api) && codeOfLetters.MatchString(api.ErrorCode()) {
		reason = fmt.Errorf("it answered %d %s", response.HTTPStatusCode(), api.ErrorCode())
	}
	var rejected *types.MessageRejected
	var malformed *types.BadRequestException
	if errors.As(err, &malformed) || errors.As(err, &rejected) && !strings.Contains(rejected.ErrorMessage(), unverified) {
		return fmt.Errorf("%w: %w", reason, ErrPermanent)
	}
	return reason
}
