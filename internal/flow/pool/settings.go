package pool

import (
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// settings is what CreateUserPool and UpdateUserPool have in common: the
// request of the one with a pool's name and schema is that of the other.
type settings = shape.UpdateUserPoolRequest

func settingsOfUpdate(in *shape.UpdateUserPoolRequest) settings { return *in }

func settingsOfNew(in *shape.CreateUserPoolRequest) settings {
	return settings{
		Policies:                    in.Policies,
		DeletionProtection:          in.DeletionProtection,
		LambdaConfig:                in.LambdaConfig,
		AutoVerifiedAttributes:      in.AutoVerifiedAttributes,
		SmsVerificationMessage:      in.SmsVerificationMessage,
		EmailVerificationMessage:    in.EmailVerificationMessage,
		EmailVerificationSubject:    in.EmailVerificationSubject,
		VerificationMessageTemplate: in.VerificationMessageTemplate,
		SmsAuthenticationMessage:    in.SmsAuthenticationMessage,
		UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
		MfaConfiguration:            in.MfaConfiguration,
		DeviceConfiguration:         in.DeviceConfiguration,
		EmailConfiguration:          in.EmailConfiguration,
		SmsConfiguration:            in.SmsConfiguration,
		UserPoolTags:                in.UserPoolTags,
		AdminCreateUserConfig:       in.AdminCreateUserConfig,
		UserPoolAddOns:              in.UserPoolAddOns,
		AccountRecoverySetting:      in.AccountRecoverySetting,
		IssuerConfiguration:         in.IssuerConfiguration,
		KeyConfiguration:            in.KeyConfiguration,
		UserPoolTier:                in.UserPoolTier,
	}
}

// replace writes the settings over the pool's document.
func (p *Pools) replace(next *model.Pool, in settings) error {
	doc := next.Doc
	doc.DeletionProtection = or(in.DeletionProtection, shape.DeletionProtectionTypeInactive)
	doc.LambdaConfig = orNew(in.LambdaConfig)
	doc.AutoVerifiedAttributes = in.AutoVerifiedAttributes
	doc.SmsAuthenticationMessage = in.SmsAuthenticationMessage
	doc.UserAttributeUpdateSettings = in.UserAttributeUpdateSettings
	doc.DeviceConfiguration = in.DeviceConfiguration
	doc.SmsConfiguration = in.SmsConfiguration
	doc.UserPoolAddOns = in.UserPoolAddOns
	doc.IssuerConfiguration = in.IssuerConfiguration
	doc.KeyConfiguration = in.KeyConfiguration
	doc.AccountRecoverySetting = in.AccountRecoverySetting
	if in.UserPoolTier != nil {
		doc.UserPoolTier = in.UserPoolTier
	}
	if doc.AccountRecoverySetting == nil {
		doc.AccountRecoverySetting = defaultRecovery()
	}
	doc.UserPoolTags = in.UserPoolTags
	if doc.UserPoolTags == nil {
		doc.UserPoolTags = map[string]string{}
	}
	email := *orNew(in.EmailConfiguration)
	email.EmailSendingAccount = or(email.EmailSendingAccount, shape.EmailSendingAccountTypeCognitoDefault)
	doc.EmailConfiguration = &email
	for _, step := range []func(*model.Pool, settings) error{
		replacePolicies, replaceMessages, replaceMFA, checkSignIn, checkSettings, p.checkTier,
	} {
		if err := step(next, in); err != nil {
			return err
		}
	}
	return nil
}

// or is the value or, when it is absent, the default.
func or[T any](value *T, otherwise T) *T {
	if value != nil {
		return value
	}
	return &otherwise
}

func orNew[T any](value *T) *T {
	if value != nil {
		return value
	}
	return new(T)
}

// defaultRecovery is by e-mail, else by phone.
func defaultRecovery() *shape.AccountRecoverySettingType {
	return &shape.AccountRecoverySettingType{RecoveryMechanisms: []shape.RecoveryOptionType{
		{Priority: new(int32(1)), Name: new(shape.RecoveryOptionNameTypeVerifiedEmail)},
		{Priority: new(int32(2)), Name: new(shape.RecoveryOptionNameTypeVerifiedPhoneNumber)},
	}}
}

// The defaults of a pool without a password policy.
const (
	defaultMinimumLength = 8
	defaultTemporaryDays = 7
)

// replacePolicies fills in the password and sign-in policies. A request without
// a password policy gets the strict one; one with a policy gets what it says,
// and there a requirement that is left out is not made.
//
// The life of temporary passwords has two places: the policy, and from before
// 2019 AdminCreateUserConfig. They always agree.
func replacePolicies(next *model.Pool, in settings) error {
	policies := *orNew(in.Policies)
	strict := policies.PasswordPolicy == nil
	password := *orNew(policies.PasswordPolicy)
	password.MinimumLength = or(password.MinimumLength, defaultMinimumLength)
	password.RequireUppercase = or(password.RequireUppercase, strict)
	password.RequireLowercase = or(password.RequireLowercase, strict)
	password.RequireNumbers = or(password.RequireNumbers, strict)
	password.RequireSymbols = or(password.RequireSymbols, strict)

	admin := *orNew(in.AdminCreateUserConfig)
	admin.AllowAdminCreateUserOnly = or(admin.AllowAdminCreateUserOnly, false)
	days, old := password.TemporaryPasswordValidityDays, admin.UnusedAccountValidityDays
	if days != nil && old != nil && *days != *old {
		return invalid("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
	}
	if days == nil {
		days = or(old, defaultTemporaryDays)
	}
	password.TemporaryPasswordValidityDays, admin.UnusedAccountValidityDays = days, days

	policies.PasswordPolicy = &password
	if policies.SignInPolicy == nil || policies.SignInPolicy.AllowedFirstAuthFactors == nil {
		policies.SignInPolicy = &shape.SignInPolicyType{AllowedFirstAuthFactors: []string{shape.AuthFactorTypePassword}}
	}
	next.Doc.Policies, next.Doc.AdminCreateUserConfig = &policies, &admin
	return nil
}

// replaceMessages keeps the verification messages, which have two places too:
// three members of the pool, and the template. Describe tells both alike.
func replaceMessages(next *model.Pool, in settings) error {
	doc, t := next.Doc, *orNew(in.VerificationMessageTemplate)
	t.DefaultEmailOption = or(t.DefaultEmailOption, shape.DefaultEmailOptionTypeConfirmWithCode)
	doc.EmailVerificationMessage, doc.EmailVerificationSubject = in.EmailVerificationMessage, in.EmailVerificationSubject
	doc.SmsVerificationMessage = in.SmsVerificationMessage
	for _, pair := range [][2]**string{
		{&doc.EmailVerificationMessage, &t.EmailMessage},
		{&doc.EmailVerificationSubject, &t.EmailSubject},
		{&doc.SmsVerificationMessage, &t.SmsMessage},
	} {
		switch old, current := pair[0], pair[1]; {
		case *current == nil:
			*current = *old
		case *old == nil:
			*old = *current
		case **old != **current:
			return invalid("The verification messages of the user pool and of its VerificationMessageTemplate must not differ.")
		}
	}
	doc.VerificationMessageTemplate = &t
	return nil
}

// checkSettings holds members against each other.
func checkSettings(next *model.Pool, in settings) error {
	if u := in.UserAttributeUpdateSettings; u != nil {
		for _, name := range u.AttributesRequireVerificationBeforeUpdate {
			if !next.AutoVerifies(name) {
				return invalid("All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes")
			}
		}
	}
	if a := in.AccountRecoverySetting; a != nil {
		if err := checkRecovery(a.RecoveryMechanisms); err != nil {
			return err
		}
	}
	return taggable(next.Doc.UserPoolTags)
}

func checkRecovery(list []shape.RecoveryOptionType) error {
	if len(list) == 2 && (*list[0].Priority == *list[1].Priority || *list[0].Name == *list[1].Name) {
		return invalid("The recovery mechanisms must have different names and priorities.")
	}
	only := func(r shape.RecoveryOptionType) bool { return *r.Name == shape.RecoveryOptionNameTypeAdminOnly }
	if len(list) > 1 && slices.ContainsFunc(list, only) {
		return invalid("Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")
	}
	return nil
}

// checkTier refuses what the tier does not have: threat protection below PLUS,
// codes by mail and sign-in without a password in LITE.
func (p *Pools) checkTier(next *model.Pool, _ settings) error {
	tier := wire.Of(next.Doc.UserPoolTier)
	if p.cfg.IgnoreTiers || tier == shape.UserPoolTierTypePlus {
		return nil
	}
	var features []string
	if protects(next) {
		features = append(features, "Threat Protection")
	}
	if tier == shape.UserPoolTierTypeLite && next.MFA.EmailMfaConfiguration != nil {
		features = append(features, "Email MFA")
	}
	if tier == shape.UserPoolTierTypeLite && passwordless(next) {
		features = append(features, "Choice-Based Sign-In")
	}
	if features == nil {
		return nil
	}
	return unavailable(tier, features...)
}

func unavailable(tier string, features ...string) error {
	return fault.Newf(fault.FeatureUnavailableInTier,
		"The following features need to be disabled for the %s pricing tier configured: %s", strings.ToUpper(tier), strings.Join(features, ", "))
}

// protects tells whether threat protection is on, for any flow.
func protects(p *model.Pool) bool {
	addOns := p.Doc.UserPoolAddOns
	return p.Mode() != model.ModeOff ||
		addOns != nil && addOns.AdvancedSecurityAdditionalFlows != nil && addOns.AdvancedSecurityAdditionalFlows.CustomAuthMode != nil
}
