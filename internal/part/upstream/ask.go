package upstream

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ErrRefused says that the pool does not take the password, or does not know the
// name. Any other error says that it could not be asked.
var ErrRefused = errors.New("the former pool refuses the password")

// Person is a user of the pool, as far as it tells. Attributes are nil where it
// asks for a second factor first, and nobody but an administrator may read them.
type Person struct {
	Username   string
	Attributes map[string]string // with sub
	Status     string            // CONFIRMED, or FORCE_CHANGE_PASSWORD for a temporary password
	Disabled   bool
	Factors    []string // of UserMFASettingList
	Preferred  string
	CreatedAt  time.Time // zero where it is not told
}

// challenged are the challenges that follow a right password.
var challenged = map[types.ChallengeNameType]bool{
	types.ChallengeNameTypeSmsMfa: true, types.ChallengeNameTypeSoftwareTokenMfa: true, types.ChallengeNameTypeEmailOtp: true,
	types.ChallengeNameTypeSelectMfaType: true, types.ChallengeNameTypeMfaSetup: true,
	types.ChallengeNameTypeDeviceSrpAuth: true,
}

// Ask tells who has this name and password. The tokens that the pool answers with
// are used to read the attributes, and thrown away. A pool that asks for a second
// factor may send its code.
func (c *Cognito) Ask(ctx context.Context, username, password string) (*Person, error) {
	parameters := map[string]string{"USERNAME": username, "PASSWORD": password}
	if c.cfg.ClientSecret != "" {
		parameters["SECRET_HASH"] = secretHash(c.cfg.ClientSecret, username, c.cfg.ClientID)
	}
	challenge, asked, result, err := c.initiate(ctx, parameters)
	if err != nil {
		return nil, refusal(err)
	}
	temporary := challenge == types.ChallengeNameTypeNewPasswordRequired
	switch {
	case result == nil && !temporary && !challenged[challenge]:
		return nil, fmt.Errorf("InitiateAuth: the challenge %.40q is none of a password", string(challenge))
	case c.cfg.Admin:
		p, err := c.Find(ctx, username)
		if err == nil && temporary {
			p.Status = "FORCE_CHANGE_PASSWORD"
		}
		return p, err
	case temporary:
		return invited(asked)
	case result == nil: // a second factor comes first
		return &Person{Username: asked["USER_ID_FOR_SRP"], Status: "CONFIRMED"}, nil
	}
	out, err := c.api.GetUser(ctx, &idp.GetUserInput{AccessToken: result.AccessToken})
	if err != nil {
		return nil, explain("GetUser", err)
	}
	p := &Person{Username: aws.ToString(out.Username), Attributes: attributes(out.UserAttributes), Status: "CONFIRMED"}
	p.Factors, p.Preferred = out.UserMFASettingList, aws.ToString(out.PreferredMfaSetting)
	return p, nil
}

func (c *Cognito) initiate(ctx context.Context, parameters map[string]string) (types.ChallengeNameType, map[string]string, *types.AuthenticationResultType, error) {
	if c.cfg.Admin {
		out, err := c.api.AdminInitiateAuth(ctx, &idp.AdminInitiateAuthInput{
			UserPoolId: &c.cfg.PoolID, ClientId: &c.cfg.ClientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: parameters,
		})
		if err != nil {
			return "", nil, nil, err
		}
		return out.ChallengeName, out.ChallengeParameters, out.AuthenticationResult, nil
	}
	out, err := c.api.InitiateAuth(ctx, &idp.InitiateAuthInput{
		ClientId: &c.cfg.ClientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: parameters,
	})
	if err != nil {
		return "", nil, nil, err
	}
	return out.ChallengeName, out.ChallengeParameters, out.AuthenticationResult, nil
}

// Find tells who has this name; for administrators alone.
func (c *Cognito) Find(ctx context.Context, username string) (*Person, error) {
	out, err := c.api.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &c.cfg.PoolID, Username: &username})
	if err != nil {
		return nil, refusal(err)
	}
	return &Person{
		Username: aws.ToString(out.Username), Attributes: attributes(out.UserAttributes), Status: string(out.UserStatus), Disabled: !out.Enabled,
		Factors: out.UserMFASettingList, Preferred: aws.ToString(out.PreferredMfaSetting), CreatedAt: aws.ToTime(out.UserCreateDate),
	}, nil
}

// invited reads what NEW_PASSWORD_REQUIRED tells of the user.
func invited(asked map[string]string) (*Person, error) {
	p := &Person{Username: asked["USER_ID_FOR_SRP"], Status: "FORCE_CHANGE_PASSWORD"}
	if err := json.Unmarshal([]byte(asked["userAttributes"]), &p.Attributes); err != nil {
		return nil, errors.New("InitiateAuth: the attributes of the challenge cannot be read")
	}
	return p, nil
}

func attributes(list []types.AttributeType) map[string]string {
	m := make(map[string]string, len(list))
	for _, a := range list {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}

// aboutUser is what NotAuthorizedException says of a user or a password.
var aboutUser = regexp.MustCompile(`(?i)incorrect username or password|user is disabled|attempts exceeded|temporary password has expired`)

// refusal tells a refusal of the user from one of us and from trouble.
func refusal(err error) error {
	var (
		wrong       *types.NotAuthorizedException
		unknown     *types.UserNotFoundException
		unconfirmed *types.UserNotConfirmedException
		reset       *types.PasswordResetRequiredException
		malformed   *types.InvalidParameterException
	)
	switch {
	case errors.As(err, &wrong) && !aboutUser.MatchString(wrong.ErrorMessage()):
		return fmt.Errorf("NotAuthorizedException: %s", wrong.ErrorMessage()) // of the client, its secret, or its flows
	case errors.As(err, &wrong):
		return ErrRefused
	case errors.As(err, &unknown), errors.As(err, &unconfirmed), errors.As(err, &reset):
		return ErrRefused
	case errors.As(err, &malformed):
		return fmt.Errorf("InvalidParameterException: %s", malformed.ErrorMessage())
	}
	return explain("InitiateAuth", err)
}

// secretHash is Base64(HMAC-SHA256(key = client secret, message = user name || client id)).
func secretHash(secret, username, clientID string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
