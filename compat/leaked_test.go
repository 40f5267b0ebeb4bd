package compat

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const refused = "Provided password cannot be used for security reasons."

func TestALeakedPassword(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, s *server) {
		p := newPool(t, s)
		t.Run("is refused at sign-up and nothing is stored", func(t *testing.T) {
			wantFault[*types.InvalidPasswordException](t, p.signUp("ann", leaked), refused)
			out, err := p.ListUsers(p.ctx, &idp.ListUsersInput{UserPoolId: p.id})
			if err != nil || len(out.Users) != 0 {
				t.Fatalf("got %d users, %v, want none", len(out.Users), err)
			}
			p.join(t, "ann", good)
			p.enter(t, "ann", good)
		})
		t.Run("is refused at a change and the old one still works", func(t *testing.T) {
			p.join(t, "bob", good)
			tokens := p.enter(t, "bob", good)
			change := &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String(good), ProposedPassword: aws.String(leaked)}
			_, err := p.ChangePassword(p.ctx, change)
			wantFault[*types.InvalidPasswordException](t, err, refused)
			p.enter(t, "bob", good)
			change.ProposedPassword = aws.String(better)
			if _, err := p.ChangePassword(p.ctx, change); err != nil {
				t.Fatalf("ChangePassword to a good one: %v", err)
			}
			p.enter(t, "bob", better)
		})
		t.Run("at sign-in ends in a reset", func(t *testing.T) {
			p.join(t, "cleo", good)
			p.setPassword(t, "cleo", leaked, true)
			_, err := p.signIn("cleo", "Not-her-password-1")
			wantFault[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
			if got := p.status(t, "cleo"); got != types.UserStatusTypeConfirmed {
				t.Fatalf("after a wrong guess the status is %s, want CONFIRMED", got)
			}
			_, err = p.signIn("cleo", leaked)
			wantFault[*types.PasswordResetRequiredException](t, err, "Password reset required for user due to security reasons")
			if got := p.status(t, "cleo"); got != types.UserStatusTypeResetRequired {
				t.Errorf("got status %s, want RESET_REQUIRED", got)
			}
			p.setPassword(t, "cleo", good, true)
			p.enter(t, "cleo", good)
		})
		t.Run("at an administrator's sign-in ends in a reset too", func(t *testing.T) {
			p.join(t, "dora", good)
			p.setPassword(t, "dora", leaked, true)
			_, err := p.AdminInitiateAuth(p.ctx, &idp.AdminInitiateAuthInput{
				UserPoolId: p.id, ClientId: p.clientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
				AuthParameters: map[string]string{"USERNAME": "dora", "PASSWORD": leaked},
			})
			wantFault[*types.PasswordResetRequiredException](t, err, "Password reset required for user due to security reasons")
		})
		t.Run("is refused instead of a temporary one", func(t *testing.T) {
			p.join(t, "eve", good)
			p.setPassword(t, "eve", better, false)
			out, err := p.signIn("eve", better)
			if err != nil || out.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
				t.Fatalf("got challenge %q, %v, want NEW_PASSWORD_REQUIRED", out.ChallengeName, err)
			}
			answer := &idp.RespondToAuthChallengeInput{
				ClientId: p.clientID, ChallengeName: out.ChallengeName, Session: out.Session,
				ChallengeResponses: map[string]string{"USERNAME": "eve", "NEW_PASSWORD": leaked},
			}
			_, err = p.RespondToAuthChallenge(p.ctx, answer)
			wantFault[*types.InvalidPasswordException](t, err, refused)
			answer.ChallengeResponses["NEW_PASSWORD"] = good
			if _, err := p.RespondToAuthChallenge(p.ctx, answer); err != nil {
				t.Fatalf("answer with a good one, same session: %v", err)
			}
			p.enter(t, "eve", good)
		})
	})
}

func TestALeakedPasswordAtRecovery(t *testing.T) {
	t.Parallel()
	p := newPool(t, dev(t))
	if err := p.signUp("finn", good); err != nil {
		t.Fatal(err)
	}
	code := p.server.code(t, "finn@example.com")
	if _, err := p.ConfirmSignUp(p.ctx, &idp.ConfirmSignUpInput{ClientId: p.clientID, Username: aws.String("finn"), ConfirmationCode: &code}); err != nil {
		t.Fatalf("ConfirmSignUp with the code of the mail: %v", err)
	}
	seen := code
	out, err := p.ForgotPassword(p.ctx, &idp.ForgotPasswordInput{ClientId: p.clientID, Username: aws.String("finn")})
	if err != nil {
		t.Fatalf("ForgotPassword: %v", err)
	}
	if got, want := aws.ToString(out.CodeDeliveryDetails.Destination), "f***@e***"; got != want {
		t.Errorf("got destination %q, want %q", got, want)
	}
	code = p.server.codeAfter(t, "finn@example.com", seen)
	confirm := &idp.ConfirmForgotPasswordInput{ClientId: p.clientID, Username: aws.String("finn"), ConfirmationCode: &code, Password: aws.String(leaked)}
	_, err = p.ConfirmForgotPassword(p.ctx, confirm)
	wantFault[*types.InvalidPasswordException](t, err, refused)
	confirm.Password = aws.String(better)
	if _, err := p.ConfirmForgotPassword(p.ctx, confirm); err != nil {
		t.Fatalf("the code must still hold after a refused password: %v", err)
	}
	p.enter(t, "finn", better)
}

func TestALeakedPasswordPassesWhereThePoolSaysSo(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]types.AdvancedSecurityModeType{
		"in AUDIT": types.AdvancedSecurityModeTypeAudit,
		"in OFF":   types.AdvancedSecurityModeTypeOff,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, signed(t), func(in *idp.CreateUserPoolInput) { in.UserPoolAddOns.AdvancedSecurityMode = mode })
			p.join(t, "ann", leaked)
			p.enter(t, "ann", leaked)
		})
	}
	t.Run("in ENFORCED with a client that allows it", func(t *testing.T) {
		p := newPool(t, signed(t))
		_, err := p.SetRiskConfiguration(p.ctx, &idp.SetRiskConfigurationInput{
			UserPoolId: p.id, ClientId: p.clientID,
			CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
				Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeNoAction},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.join(t, "ann", leaked)
		p.enter(t, "ann", leaked)
	})
}
