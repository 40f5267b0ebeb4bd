// Package fault is an error that a client may read, beside the cause that it may not.
//
// A Fault becomes the error body of the API:
//
//	{"__type":"NotAuthorizedException","message":"Incorrect username or password."}
//
// Every other error becomes InternalErrorException with a request id, and only
// the log sees what it was.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code is the name of an error on the wire, as AWS spells it.
type Code string

// The codes of the user pool API and of the AWS JSON protocol around it.
const (
	AliasExists                     = Code("AliasExistsException")
	CodeDeliveryFailure             = Code("CodeDeliveryFailureException")
	CodeMismatch                    = Code("CodeMismatchException")
	ConcurrentModification          = Code("ConcurrentModificationException")
	DeviceKeyExists                 = Code("DeviceKeyExistsException")
	DuplicateProvider               = Code("DuplicateProviderException")
	EnableSoftwareTokenMFA          = Code("EnableSoftwareTokenMFAException")
	ExpiredCode                     = Code("ExpiredCodeException")
	FeatureUnavailableInTier        = Code("FeatureUnavailableInTierException")
	Forbidden                       = Code("ForbiddenException")
	GroupExists                     = Code("GroupExistsException")
	Internal                        = Code("InternalErrorException")
	InternalServer                  = Code("InternalServerException")
	InvalidEmailRoleAccessPolicy    = Code("InvalidEmailRoleAccessPolicyException")
	InvalidLambdaResponse           = Code("InvalidLambdaResponseException")
	InvalidOAuthFlow                = Code("InvalidOAuthFlowException")
	InvalidParameter                = Code("InvalidParameterException")
	InvalidPassword                 = Code("InvalidPasswordException")
	InvalidSmsRoleAccessPolicy      = Code("InvalidSmsRoleAccessPolicyException")
	InvalidSmsRoleTrustRelationship = Code("InvalidSmsRoleTrustRelationshipException")
	InvalidUserPoolConfiguration    = Code("InvalidUserPoolConfigurationException")
	LimitExceeded                   = Code("LimitExceededException")
	ManagedLoginBrandingExists      = Code("ManagedLoginBrandingExistsException")
	MFAMethodNotFound               = Code("MFAMethodNotFoundException")
	NotAuthorized                   = Code("NotAuthorizedException")
	OperationNotEnabled             = Code("OperationNotEnabledException")
	PasswordHistoryViolation        = Code("PasswordHistoryPolicyViolationException")
	PasswordResetRequired           = Code("PasswordResetRequiredException")
	PreconditionNotMet              = Code("PreconditionNotMetException")
	RefreshTokenReuse               = Code("RefreshTokenReuseException")
	ResourceNotFound                = Code("ResourceNotFoundException")
	ScopeDoesNotExist               = Code("ScopeDoesNotExistException")
	SoftwareTokenMFANotFound        = Code("SoftwareTokenMFANotFoundException")
	TermsExists                     = Code("TermsExistsException")
	TierChangeNotAllowed            = Code("TierChangeNotAllowedException")
	TooManyFailedAttempts           = Code("TooManyFailedAttemptsException")
	TooManyRequests                 = Code("TooManyRequestsException")
	Unauthorized                    = Code("UnauthorizedException")
	UnexpectedLambda                = Code("UnexpectedLambdaException")
	UnsupportedIdentityProvider     = Code("UnsupportedIdentityProviderException")
	UnsupportedOperation            = Code("UnsupportedOperationException")
	UnsupportedTokenType            = Code("UnsupportedTokenTypeException")
	UnsupportedUserState            = Code("UnsupportedUserStateException")
	UserImportInProgress            = Code("UserImportInProgressException")
	UserLambdaValidation            = Code("UserLambdaValidationException")
	UsernameExists                  = Code("UsernameExistsException")
	UserNotConfirmed                = Code("UserNotConfirmedException")
	UserNotFound                    = Code("UserNotFoundException")
	UserPoolAddOnNotEnabled         = Code("UserPoolAddOnNotEnabledException")
	UserPoolTagging                 = Code("UserPoolTaggingException")
	WebAuthnChallengeNotFound       = Code("WebAuthnChallengeNotFoundException")
	WebAuthnClientMismatch          = Code("WebAuthnClientMismatchException")
	WebAuthnConfigurationMissing    = Code("WebAuthnConfigurationMissingException")
	WebAuthnCredentialNotSupported  = Code("WebAuthnCredentialNotSupportedException")
	WebAuthnNotEnabled              = Code("WebAuthnNotEnabledException")
	WebAuthnOriginNotAllowed        = Code("WebAuthnOriginNotAllowedException")
	WebAuthnRelyingPartyMismatch    = Code("WebAuthnRelyingPartyMismatchException")
	AccessDenied                    = Code("AccessDeniedException")
	IncompleteSignature             = Code("IncompleteSignatureException")
	InvalidSignature                = Code("InvalidSignatureException")
	MissingAuthenticationToken      = Code("MissingAuthenticationTokenException")
	RequestEntityTooLarge           = Code("RequestEntityTooLargeException")
	Serialization                   = Code("SerializationException")
	UnknownOperation                = Code("UnknownOperationException")
	UnrecognizedClient              = Code("UnrecognizedClientException")
)

// Status is the HTTP status that carries the code: 500 for our own failures,
// 413 for a body over the limit, 400 for everything else. Cognito answers 400
// even where other services answer 403 or 429, and SDKs retry by code.
func (c Code) Status() int {
	switch c {
	case Internal, InternalServer:
		return http.StatusInternalServerError
	case RequestEntityTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// Fault is an error that a client may read. Its Error text, for our log, adds
// the cause; its Message, for the client, never does.
type Fault struct {
	Code    Code
	Message string
	// Reason is the machine-readable detail of InvalidParameterException
	// (reasonCode on the wire); usually empty.
	Reason string
	cause  error
}

// New makes a fault with the message that the client reads.
func New(code Code, message string) *Fault { return &Fault{Code: code, Message: message} }

// Newf is New with a format.
func Newf(code Code, format string, args ...any) *Fault {
	return New(code, fmt.Sprintf(format, args...))
}

// Because returns a copy of the fault that remembers its cause for the log.
func (f *Fault) Because(cause error) *Fault {
	g := *f
	g.cause = cause
	return &g
}

// Error is the text for our log: code, message and, where there is one, the cause.
func (f *Fault) Error() string {
	if f.cause == nil {
		return string(f.Code) + ": " + f.Message
	}
	return string(f.Code) + ": " + f.Message + ": " + f.cause.Error()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is(err, fault.New(code, message)) true for equal codes and messages.
func (f *Fault) Is(target error) bool {
	g, ok := target.(*Fault)
	return ok && g.Code == f.Code && g.Message == f.Message
}

// As returns the fault inside err, if there is one.
func As(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// Has tells whether err carries a fault with this code.
func Has(err error, code Code) bool {
	f, ok := As(err)
	return ok && f.Code == code
}
