package cognito

import (
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// Excuse says why an operation does not answer with an error that the API's model lists for it.
type Excuse struct {
	Code fault.Code
	// Operations that are meant; none: all whose stories do not tell of it.
	Operations []string
	Reason     string // a sentence, or the name of the test that proves it
}

// For tells whether the excuse holds for an operation.
func (e Excuse) For(operation string) bool {
	return len(e.Operations) == 0 || slices.Contains(e.Operations, operation)
}

const lambda = "The triggers of these operations do not run yet."

// Excuses are all there are. docs/operations.md shows them.
var Excuses = []Excuse{
	// What cannot happen on a server of one's own.
	{fault.Internal, nil, "It is the answer to every error that is nobody's mistake, such as a database that is away: TestFailuresOfOurs."},
	{fault.InternalServer, nil, "InternalErrorException is what these operations answer, as all others."},
	{fault.Forbidden, nil, "There is no web firewall in front."},
	{fault.OperationNotEnabled, nil, "Every operation is available in every pool."},
	{fault.InvalidEmailRoleAccessPolicy, nil, "There are no IAM roles: mail goes by the server's own settings."},
	{fault.InvalidSmsRoleAccessPolicy, nil, "There are no IAM roles: SMS goes by the server's own settings."},
	{fault.InvalidSmsRoleTrustRelationship, nil, "Likewise."},
	{fault.CodeDeliveryFailure, nil, "A message is put into the outbox with what causes it and sent after the answer. One that cannot be sent is tried again, logged and counted."},
	{fault.TierChangeNotAllowed, nil, "Every tier can be chosen. What is in use and the new tier has not is FeatureUnavailableInTierException."},
	{fault.PreconditionNotMet, []string{"AdminCreateUser", "CreateUserImportJob"}, "Nothing has to be set up before it."},

	// Rates.
	{fault.TooManyRequests, nil, "There are no rates of an account. An operation that others overtake again and again answers so."},
	{fault.LimitExceeded, []string{"AdminConfirmSignUp", "AdminResetUserPassword"}, "Administrators are not limited."},
	{fault.LimitExceeded, []string{"SignUp"}, "There are no limits of an account. A name can be signed up once."},
	{fault.LimitExceeded, []string{"DeleteUserPoolClientSecret", "DeleteWebAuthnCredential", "ListUserPoolClientSecrets", "ListWebAuthnCredentials"}, "Reading and removing reach no limit."},
	{fault.LimitExceeded, []string{"CompleteWebAuthnRegistration"}, "StartWebAuthnRegistration says so before anything is made."},
	{fault.LimitExceeded, []string{"CreateUserPool"}, "1000 pools: TestCreate."},
	{fault.LimitExceeded, []string{"CreateUserPoolClient"}, "1000 clients in a pool: TestLimitsOfAPool."},
	{fault.LimitExceeded, []string{"CreateGroup"}, "10 000 groups in a pool: TestLimitsOfAPool."},
	{fault.LimitExceeded, []string{"CreateManagedLoginBranding", "CreateTerms"}, "20 styles and 40 terms in a pool: TestLimitsOfAPool."},
	{fault.TooManyFailedAttempts, nil, "Who tries codes too often reads LimitExceededException, and a code that was tried too often is void."},

	// Who may call.
	{fault.AccessDenied, nil, "An access key whose policy does not allow the operation on the pool: TestPolicy."},
	{fault.NotAuthorized, nil, "An access key whose policy does not allow the operation on the pool reads AccessDeniedException, as by IAM."},
	{fault.Unauthorized, []string{"RevokeToken"}, "A wrong secret of the client reads NotAuthorizedException, as everywhere else."},
	{fault.UserNotConfirmed, nil, "Who is not confirmed has no access token and is asked nothing by an administrator's sign-in; and a code that came by mail confirms who sets a password with it."},
	{fault.PasswordResetRequired, []string{"ChangePassword", "GlobalSignOut"}, "With a token that owes a new password, this is what there is to do."},
	{fault.PasswordResetRequired, []string{"AdminSetUserMFAPreference"}, "An administrator sets it in every state of the user."},
	{fault.PasswordResetRequired, []string{"AdminRespondToAuthChallenge"}, "It is the answer to AdminInitiateAuth: nobody in that state is asked anything."},

	// What an access token stands for.
	{fault.ResourceNotFound, []string{
		"AssociateSoftwareToken", "ChangePassword", "ConfirmDevice", "DeleteUser", "DeleteUserAttributes", "GetUser", "GetUserAttributeVerificationCode",
		"GetUserAuthFactors", "GlobalSignOut", "ListDevices", "SetUserMFAPreference", "SetUserSettings", "UpdateUserAttributes", "VerifySoftwareToken", "VerifyUserAttribute",
	}, "A token of a pool or client that is gone is an invalid one: NotAuthorizedException."},
	{fault.ResourceNotFound, []string{"AdminRespondToAuthChallenge"}, "A session says of which pool and client it is: one of another is an invalid one."},
	{fault.ResourceNotFound, []string{"UpdateAuthEventFeedback"}, "The token of the link tells first: one that is not good for the event and user is NotAuthorizedException."},
	{fault.UserNotFound, []string{"UpdateAuthEventFeedback"}, "Likewise: who has a link learns of no other name whether it exists."},
	{fault.UserPoolAddOnNotEnabled, []string{"UpdateAuthEventFeedback"}, "Likewise; an event that was kept can be answered for as long as it is."},
	{fault.UserNotFound, []string{"AdminRespondToAuthChallenge"}, "The session of a user who is gone is an invalid one."},
	{fault.UserNotFound, []string{"GetTokensFromRefreshToken"}, "The token of a user who is gone is an invalid one."},

	// Changes at once.
	{fault.ConcurrentModification, nil, "A change that another overtakes starts over. One that is overtaken five times answers so: TestChange."},

	// Triggers.
	{fault.UnexpectedLambda, nil, lambda},
	{fault.UserLambdaValidation, nil, lambda},
	{fault.InvalidLambdaResponse, nil, lambda},

	// What an operation does not do here.
	{fault.ResourceNotFound, []string{"DescribeUserPoolDomain"}, "A domain that nobody has is described by an empty description."},
	{fault.ResourceNotFound, []string{"DeleteUserPoolDomain", "UpdateUserPoolDomain"}, "A domain that the pool does not have is InvalidParameterException, as at Cognito."},
	{fault.LimitExceeded, []string{"CreateUserPoolDomain"}, "A pool has one domain of each kind: a second one is InvalidParameterException."},
	{fault.UserPoolAddOnNotEnabled, []string{"DescribeRiskConfiguration", "SetRiskConfiguration"}, "A risk configuration can be set before threat protection is switched on."},
	{fault.UserPoolTagging, []string{"DescribeUserPool"}, "Tags that are there can be told."},
	{fault.CodeMismatch, []string{"UpdateUserAttributes"}, "It checks no code; VerifyUserAttribute does."},
	{fault.ExpiredCode, []string{"UpdateUserAttributes"}, "Likewise."},
	{fault.CodeMismatch, []string{"VerifySoftwareToken"}, "A wrong code is EnableSoftwareTokenMFAException."},
	{fault.InvalidPassword, []string{"ConfirmDevice"}, "The secret of a device is drawn by a program: there is no policy for it."},
	{fault.UsernameExists, []string{"ConfirmDevice"}, "It names no user."},
	{fault.MFAMethodNotFound, nil, "A user of whom no factor can be asked reads InvalidParameterException, with what to do about it."},
	{fault.SoftwareTokenMFANotFound, []string{"AdminRespondToAuthChallenge"}, "RespondToAuthChallenge tells it; the rest is the same."},
	{fault.AliasExists, []string{"AdminDisableProviderForUser"}, "It gives nobody a name."},
	{fault.UnsupportedOperation, []string{"AdminInitiateAuth", "InitiateAuth"}, "A flow that is not enabled is InvalidParameterException."},
	{fault.FeatureUnavailableInTier, []string{"CreateUserPoolClient", "UpdateUserPoolClient"}, "No setting of a client is bound to a tier."},
	{fault.InvalidUserPoolConfiguration, []string{"AdminInitiateAuth", "AdminRespondToAuthChallenge", "InitiateAuth", "RespondToAuthChallenge", "VerifySoftwareToken"},
		"A pool that could not be signed in to cannot be set."},
}
