package cognito

import "slices"

// Field is a member of inputs that is not acted upon. Every other one is.
type Field struct {
	Operations []string
	Member     string // a path such as EmailConfiguration.SourceArn; empty: everything but the ids
	Fate       string // Kept: checked, stored and told. Ignored: accepted and forgotten
	Reason     string
}

// What becomes of a field.
const (
	Kept    = "kept"
	Ignored = "ignored"
)

var (
	ofPools   = []string{"CreateUserPool", "UpdateUserPool"}
	ofClients = []string{"CreateUserPoolClient", "UpdateUserPoolClient"}
)

const (
	noPages    = "sign-in pages and their OAuth endpoints are not served yet"
	noAnalysis = "there is no Amazon Pinpoint"
	noTrigger  = "the trigger that reads it does not run yet"
)

// Fields are all there are. docs/operations.md shows them.
var Fields = []Field{
	{ofPools, "EmailConfiguration.EmailSendingAccount", Kept, "mail goes by the server's own settings"},
	{ofPools, "EmailConfiguration.ConfigurationSet", Kept, "likewise"},
	{ofPools, "SmsConfiguration", Kept, "SMS goes by the server's own settings"},
	{[]string{"SetUserPoolMfaConfig"}, "SmsMfaConfiguration.SmsConfiguration", Kept, "likewise"},
	{ofPools, "VerificationMessageTemplate.DefaultEmailOption", Kept, "codes are sent, no links"},
	{ofPools, "VerificationMessageTemplate.EmailMessageByLink", Kept, "likewise"},
	{ofPools, "VerificationMessageTemplate.EmailSubjectByLink", Kept, "likewise"},
	{ofPools, "KeyConfiguration", Kept, "keys are wrapped by the server's master key"},
	{ofPools, "IssuerConfiguration", Kept, "the issuer is the server's URL and the pool"},
	{ofPools, "LambdaConfig.PreSignUp", Kept, "this trigger does not run yet"},
	{ofPools, "LambdaConfig.PostConfirmation", Kept, "likewise"},
	{ofPools, "LambdaConfig.PreAuthentication", Kept, "likewise"},
	{ofPools, "LambdaConfig.PostAuthentication", Kept, "likewise"},
	{ofPools, "LambdaConfig.PreTokenGeneration", Kept, "likewise"},
	{ofPools, "LambdaConfig.PreTokenGenerationConfig", Kept, "likewise"},
	{ofPools, "LambdaConfig.UserMigration", Kept, "likewise"},
	{ofPools, "LambdaConfig.CustomMessage", Kept, "likewise"},
	{ofPools, "LambdaConfig.CustomSMSSender", Kept, "likewise"},
	{ofPools, "LambdaConfig.CustomEmailSender", Kept, "likewise"},
	{ofPools, "LambdaConfig.InboundFederation", Kept, "likewise"},
	{ofPools, "LambdaConfig.KMSKeyID", Kept, "the senders that need it do not run yet"},
	{ofClients, "AllowedOAuthFlows", Kept, noPages},
	{ofClients, "AllowedOAuthFlowsUserPoolClient", Kept, noPages},
	{ofClients, "AllowedOAuthScopes", Kept, noPages},
	{ofClients, "CallbackURLs", Kept, noPages},
	{ofClients, "DefaultRedirectURI", Kept, noPages},
	{ofClients, "LogoutURLs", Kept, noPages},
	{ofClients, "SupportedIdentityProviders", Kept, noPages},
	{ofClients, "AnalyticsConfiguration", Kept, noAnalysis},
	{[]string{"CreateManagedLoginBranding", "UpdateManagedLoginBranding", "SetUICustomization", "CreateTerms", "UpdateTerms"}, "", Kept, noPages},
	{[]string{"DescribeManagedLoginBranding", "DescribeManagedLoginBrandingByClient"}, "ReturnMergedResources", Ignored, "there are no values of our own to merge with until there are pages"},
	{[]string{"CreateUserPoolDomain", "UpdateUserPoolDomain", "CreateResourceServer", "UpdateResourceServer"}, "", Kept, noPages},
	{[]string{"CreateIdentityProvider", "UpdateIdentityProvider"}, "", Kept, "nobody signs in by a provider yet"},
	{[]string{"CreateUserImportJob"}, "CloudWatchLogsRoleArn", Kept, "the log of a job is a file of this server"},
	{[]string{"SetLogDeliveryConfiguration"}, "", Kept, "logs are not delivered yet"},
	{[]string{"CreateUserPoolReplica", "UpdateUserPoolReplica"}, "", Kept, "copying a pool is the database's to do"},
	{[]string{
		"AdminInitiateAuth", "AdminRespondToAuthChallenge", "ConfirmForgotPassword", "ConfirmSignUp", "ForgotPassword", "InitiateAuth",
		"ResendConfirmationCode", "RespondToAuthChallenge", "SignUp",
	}, "AnalyticsMetadata", Ignored, noAnalysis},
	{[]string{"AdminCreateUser", "SignUp"}, "ValidationData", Ignored, noTrigger},
	{[]string{
		"AdminConfirmSignUp", "AdminCreateUser", "AdminResetUserPassword", "AdminUpdateUserAttributes", "ConfirmForgotPassword", "ConfirmSignUp", "ForgotPassword",
		"GetTokensFromRefreshToken", "GetUserAttributeVerificationCode", "ResendConfirmationCode", "SignUp", "UpdateUserAttributes",
	}, "ClientMetadata", Ignored, noTrigger},
}

// FieldsOf are the fields of an operation that are not acted upon.
func FieldsOf(operation string) (list []Field) {
	for _, f := range Fields {
		if slices.Contains(f.Operations, operation) {
			list = append(list, f)
		}
	}
	return list
}
