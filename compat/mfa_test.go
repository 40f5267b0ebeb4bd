package compat

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestCodesBySMSAndMail needs the mailbox of the development server. Codes of an
// authenticator are told of in the other languages, where their libraries are.
func TestCodesBySMSAndMail(t *testing.T) {
	t.Parallel()
	s := dev(t)
	p := newPool(t, s)
	_, err := p.SetUserPoolMfaConfig(p.ctx, &idp.SetUserPoolMfaConfigInput{
		UserPoolId: p.id, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: &types.SmsConfigurationType{
			SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms"),
		}},
		EmailMfaConfiguration: &types.EmailMfaConfigType{Subject: aws.String("Sign in"), Message: aws.String("Enter {####}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	const phone, mail = "+12065550177", "mfa-ann@example.com"
	name := aws.String("ann")
	p.join(t, *name, good)
	_, err = p.AdminUpdateUserAttributes(p.ctx, &idp.AdminUpdateUserAttributesInput{
		UserPoolId: p.id, Username: name, UserAttributes: []types.AttributeType{
			{Name: aws.String("phone_number"), Value: aws.String(phone)},
			{Name: aws.String("email"), Value: aws.String(mail)}, {Name: aws.String("email_verified"), Value: aws.String("true")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(t *testing.T, want types.ChallengeNameType) *idp.AdminInitiateAuthOutput {
		t.Helper()
		out, err := p.AdminInitiateAuth(p.ctx, &idp.AdminInitiateAuthInput{
			UserPoolId: p.id, ClientId: p.clientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": *name, "PASSWORD": good},
		})
		if err != nil || out.ChallengeName != want {
			t.Fatalf("got %v, %v, want %s", out, err, want)
		}
		return out
	}
	answer := func(challenge types.ChallengeNameType, session *string, key, value string) (*idp.AdminRespondToAuthChallengeOutput, error) {
		return p.AdminRespondToAuthChallenge(p.ctx, &idp.AdminRespondToAuthChallengeInput{
			UserPoolId: p.id, ClientId: p.clientID, ChallengeName: challenge, Session: session,
			ChallengeResponses: map[string]string{"USERNAME": *name, key: value},
		})
	}
	prefer := func(t *testing.T, sms, email bool) {
		t.Helper()
		_, err := p.AdminSetUserMFAPreference(p.ctx, &idp.AdminSetUserMFAPreferenceInput{
			UserPoolId: p.id, Username: name,
			SMSMfaSettings:   &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: sms},
			EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: true, PreferredMfa: email},
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	seen := ""
	t.Run("a code to the preferred phone signs in, and proves the number", func(t *testing.T) {
		prefer(t, true, false)
		out := begin(t, types.ChallengeNameTypeSmsMfa)
		if got := out.ChallengeParameters["CODE_DELIVERY_DESTINATION"]; got != "+*******0177" {
			t.Errorf("it went to %q", got)
		}
		seen = s.code(t, phone)
		_, err := answer(types.ChallengeNameTypeSmsMfa, out.Session, "SMS_MFA_CODE", "nonsense")
		wantFault[*types.CodeMismatchException](t, err, "Invalid code or auth state for the user.")
		done, err := answer(types.ChallengeNameTypeSmsMfa, out.Session, "SMS_MFA_CODE", seen)
		if err != nil {
			t.Fatal(err)
		}
		if id := claims(t, done.AuthenticationResult.IdToken); id["phone_number_verified"] != true {
			t.Errorf("the ID token says %v", id)
		}
		_, err = answer(types.ChallengeNameTypeSmsMfa, out.Session, "SMS_MFA_CODE", seen)
		wantFault[*types.NotAuthorizedException](t, err, "Invalid session for the user, session can only be used once.")
	})
	t.Run("a choice leads to the factor that was chosen", func(t *testing.T) {
		prefer(t, false, false)
		out := begin(t, types.ChallengeNameTypeSelectMfaType)
		if got := out.ChallengeParameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","EMAIL_OTP"]` {
			t.Errorf("the choice is among %s", got)
		}
		next, err := answer(types.ChallengeNameTypeSelectMfaType, out.Session, "ANSWER", "EMAIL_OTP")
		if err != nil || next.ChallengeName != types.ChallengeNameTypeEmailOtp {
			t.Fatalf("got %v, %v", next, err)
		}
		if _, err := answer(types.ChallengeNameTypeEmailOtp, next.Session, "EMAIL_OTP_CODE", s.code(t, mail)); err != nil {
			t.Fatal(err)
		}
	})
}
