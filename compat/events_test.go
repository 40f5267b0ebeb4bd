package compat

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestAUsersEvents(t *testing.T) {
	t.Parallel()
	audit := func(in *idp.CreateUserPoolInput) {
		in.UserPoolAddOns.AdvancedSecurityMode = types.AdvancedSecurityModeTypeAudit
	}
	p := newPool(t, dev(t), audit)
	p.join(t, "ann", good)
	tokens := p.enter(t, "ann", good)
	if _, err := p.signIn("ann", "Not-her-password-1"); err == nil {
		t.Fatal("a wrong password signs in")
	}
	ann := &idp.AdminListUserAuthEventsInput{UserPoolId: p.id, Username: aws.String("ann"), MaxResults: aws.Int32(1)}
	all := func(t *testing.T) (list []types.AuthEventType) {
		t.Helper()
		for pages := idp.NewAdminListUserAuthEventsPaginator(p.Client, ann); pages.HasMorePages(); {
			page, err := pages.NextPage(p.ctx)
			if err != nil {
				t.Fatalf("AdminListUserAuthEvents: %v", err)
			}
			list = append(list, page.AuthEvents...)
		}
		return list
	}

	t.Run("are listed page by page, the newest first", func(t *testing.T) {
		list := all(t)
		if len(list) < 3 {
			t.Fatalf("got %d events, want the sign-up, a sign-in and a failure", len(list))
		}
		failed, passed, first := list[0], list[1], list[len(list)-1]
		if failed.EventResponse != types.EventResponseTypeFail || failed.ChallengeResponses[0].ChallengeResponse != types.ChallengeResponseFailure {
			t.Errorf("the newest is %+v, want a failure", failed)
		}
		if passed.EventType != types.EventTypeSignIn || passed.EventResponse != types.EventResponseTypePass ||
			aws.ToString(passed.EventContextData.IpAddress) != "127.0.0.1" || aws.ToBool(passed.EventRisk.CompromisedCredentialsDetected) {
			t.Errorf("the sign-in is %+v", passed)
		}
		if got := claims(t, tokens.AccessToken)["event_id"]; got != aws.ToString(passed.EventId) {
			t.Errorf("the tokens are of event %v, the list has %s", got, aws.ToString(passed.EventId))
		}
		if first.EventType != types.EventTypeSignUp {
			t.Errorf("the oldest is %+v, want the sign-up", first)
		}
	})
	t.Run("are answered by an administrator", func(t *testing.T) {
		in := &idp.AdminUpdateAuthEventFeedbackInput{
			UserPoolId: p.id, Username: aws.String("ann"), EventId: all(t)[0].EventId, FeedbackValue: types.FeedbackValueTypeInvalid,
		}
		if _, err := p.AdminUpdateAuthEventFeedback(p.ctx, in); err != nil {
			t.Fatalf("AdminUpdateAuthEventFeedback: %v", err)
		}
		if f := all(t)[0].EventFeedback; f == nil || f.FeedbackValue != types.FeedbackValueTypeInvalid || aws.ToString(f.Provider) != "Admin" || f.FeedbackDate == nil {
			t.Errorf("the answer is %+v", f)
		}
		in.EventId = aws.String("4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11")
		_, err := p.AdminUpdateAuthEventFeedback(p.ctx, in)
		wantFault[*types.ResourceNotFoundException](t, err, "Event does not exist.")
	})
	t.Run("are not told where threat protection is off", func(t *testing.T) {
		plain := newPool(t, dev(t), func(in *idp.CreateUserPoolInput) { in.UserPoolAddOns = nil })
		plain.join(t, "bob", good)
		_, err := plain.AdminListUserAuthEvents(plain.ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: plain.id, Username: aws.String("bob")})
		wantFault[*types.UserPoolAddOnNotEnabledException](t, err, "User pool add-ons are not enabled for the user pool.")
	})
}
