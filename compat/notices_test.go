package compat

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestANotice is of a sign-in that is blocked, and of what its user says of it.
func TestANotice(t *testing.T) {
	t.Parallel()
	p := newPool(t, dev(t))
	block := &types.AccountTakeoverActionType{EventAction: types.AccountTakeoverEventActionTypeBlock, Notify: true}
	_, err := p.SetRiskConfiguration(p.ctx, &idp.SetRiskConfigurationInput{
		UserPoolId: p.id,
		AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
			Actions: &types.AccountTakeoverActionsType{MediumAction: block, HighAction: block},
			NotifyConfiguration: &types.NotifyConfigurationType{
				SourceArn: aws.String("arn:aws:ses:eu-west-1:123456789012:identity/example.com"),
				BlockEmail: &types.NotifyEmailType{
					Subject:  aws.String("A sign-in"),
					TextBody: aws.String("notice {event-id} {feedback-token} {one-click-link-valid}"),
					HtmlBody: aws.String("<p>A sign-in from {city}</p>"),
				},
			},
		},
	})
	if err != nil {
		t.Fatalf("SetRiskConfiguration: %v", err)
	}
	address := *p.id + "@example.com"
	// By an administrator: a sign-up would teach where ann is.
	_, err = p.AdminCreateUser(p.ctx, &idp.AdminCreateUserInput{
		UserPoolId: p.id, Username: aws.String("ann"), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &address}},
	})
	if err != nil {
		t.Fatalf("AdminCreateUser: %v", err)
	}
	p.setPassword(t, "ann", good, true)
	from := func(ip, agent string) error {
		_, err := p.AdminInitiateAuth(p.ctx, &idp.AdminInitiateAuthInput{
			UserPoolId: p.id, ClientId: p.clientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": good},
			ContextData: &types.ContextDataType{
				IpAddress: &ip, ServerName: aws.String("app"), ServerPath: aws.String("/"),
				HttpHeaders: []types.HttpHeader{{HeaderName: aws.String("User-Agent"), HeaderValue: &agent}},
			},
		})
		return err
	}
	for range 5 {
		if err := from("216.102.180.9", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"); err != nil {
			t.Fatalf("a sign-in at home: %v", err)
		}
	}
	err = from("95.165.100.10", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	wantFault[*types.NotAuthorizedException](t, err, "Unable to login because of security reasons.")
	event, token, link := p.notice(t, address)

	feedback := func(t *testing.T) *types.EventFeedbackType {
		t.Helper()
		list, err := p.AdminListUserAuthEvents(p.ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: p.id, Username: aws.String("ann"), MaxResults: aws.Int32(1)})
		if err != nil || aws.ToString(list.AuthEvents[0].EventId) != event {
			t.Fatalf("AdminListUserAuthEvents: %+v, %v", list, err)
		}
		return list.AuthEvents[0].EventFeedback
	}
	t.Run("has a link whose page asks, and whose button answers", func(t *testing.T) {
		page, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		page.Body.Close()
		if page.StatusCode != http.StatusOK || feedback(t) != nil {
			t.Errorf("the page: got %s, and the answer %+v", page.Status, feedback(t))
		}
		pressed, err := http.PostForm(p.server.url+"/_gatehouse/feedback", url.Values{"token": {token}, "answer": {"valid"}})
		if err != nil {
			t.Fatal(err)
		}
		pressed.Body.Close()
		if f := feedback(t); pressed.StatusCode != http.StatusOK || f == nil || f.FeedbackValue != types.FeedbackValueTypeValid || aws.ToString(f.Provider) != "User" {
			t.Errorf("the button: got %s, and the answer %+v", pressed.Status, f)
		}
	})
	t.Run("has a token that the SDK answers with", func(t *testing.T) {
		in := &idp.UpdateAuthEventFeedbackInput{
			UserPoolId: p.id, Username: aws.String("ann"), EventId: &event, FeedbackToken: &token, FeedbackValue: types.FeedbackValueTypeInvalid,
		}
		if _, err := p.UpdateAuthEventFeedback(p.ctx, in); err != nil {
			t.Fatalf("UpdateAuthEventFeedback: %v", err)
		}
		if f := feedback(t); f == nil || f.FeedbackValue != types.FeedbackValueTypeInvalid || aws.ToString(f.Provider) != "User" {
			t.Errorf("the answer is %+v", f)
		}
		in.FeedbackToken = aws.String("AAAA" + token[4:])
		_, err := p.UpdateAuthEventFeedback(p.ctx, in)
		wantFault[*types.NotAuthorizedException](t, err, "Invalid feedback token given.")
	})
}

var noticed = regexp.MustCompile(`^notice (\S+) (\S+) (\S+)$`)

// notice waits for the notice to an address, and reads what it tells.
func (p *pool) notice(t *testing.T, to string) (event, token, link string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		mails, err := p.server.mails(ctx, to)
		if err != nil {
			t.Fatalf("read the mailbox: %v", err)
		}
		for _, m := range mails {
			if found := noticed.FindStringSubmatch(m.Text); found != nil {
				return found[1], found[2], found[3]
			}
		}
		select {
		case <-ctx.Done():
			t.Fatal("no notice came")
		case <-time.After(20 * time.Millisecond): // the outbox delivers in its own time
		}
	}
}
