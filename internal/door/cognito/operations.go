package cognito

// served is what the door serves, by resource: all of the API. docs/operations.md
// is written from here.
var served = []row{
	// Pools.
	{"CreateUserPool", signed, handle((*Door).createUserPool)},
	{"DescribeUserPool", signed, handle((*Door).describeUserPool)},
	{"UpdateUserPool", signed, handle((*Door).updateUserPool)},
	{"DeleteUserPool", signed, handleEmpty((*Door).deleteUserPool)},
	{"ListUserPools", signed, handle((*Door).listUserPools)},
	{"AddCustomAttributes", signed, handle((*Door).addCustomAttributes)},
	{"GetUserPoolMfaConfig", signed, handle((*Door).getUserPoolMfaConfig)},
	{"SetUserPoolMfaConfig", signed, handle((*Door).setUserPoolMfaConfig)},
	{"TagResource", signed, handle((*Door).tagResource)},
	{"UntagResource", signed, handle((*Door).untagResource)},
	{"ListTagsForResource", signed, handle((*Door).listTagsForResource)},

	// App clients.
	{"CreateUserPoolClient", signed, handle((*Door).createUserPoolClient)},
	{"DescribeUserPoolClient", signed, handle((*Door).describeUserPoolClient)},
	{"UpdateUserPoolClient", signed, handle((*Door).updateUserPoolClient)},
	{"DeleteUserPoolClient", signed, handleEmpty((*Door).deleteUserPoolClient)},
	{"ListUserPoolClients", signed, handle((*Door).listUserPoolClients)},
	{"AddUserPoolClientSecret", signed, handle((*Door).addUserPoolClientSecret)},
	{"DeleteUserPoolClientSecret", signed, handle((*Door).deleteUserPoolClientSecret)},
	{"ListUserPoolClientSecrets", signed, handle((*Door).listUserPoolClientSecrets)},

	// Identity providers, and whose their identities are.
	{"CreateIdentityProvider", signed, handle((*Door).createIdentityProvider)},
	{"DescribeIdentityProvider", signed, handle((*Door).describeIdentityProvider)},
	{"GetIdentityProviderByIdentifier", signed, handle((*Door).getIdentityProviderByIdentifier)},
	{"UpdateIdentityProvider", signed, handle((*Door).updateIdentityProvider)},
	{"DeleteIdentityProvider", signed, handleEmpty((*Door).deleteIdentityProvider)},
	{"ListIdentityProviders", signed, handle((*Door).listIdentityProviders)},
	{"AdminLinkProviderForUser", signed, handle((*Door).adminLinkProviderForUser)},
	{"AdminDisableProviderForUser", signed, handle((*Door).adminDisableProviderForUser)},
	{"GetSigningCertificate", signed, handle((*Door).getSigningCertificate)},

	// Domains.
	{"CreateUserPoolDomain", signed, handle((*Door).createUserPoolDomain)},
	{"DescribeUserPoolDomain", signed, handle((*Door).describeUserPoolDomain)},
	{"UpdateUserPoolDomain", signed, handle((*Door).updateUserPoolDomain)},
	{"DeleteUserPoolDomain", signed, handle((*Door).deleteUserPoolDomain)},

	// Resource servers.
	{"CreateResourceServer", signed, handle((*Door).createResourceServer)},
	{"DescribeResourceServer", signed, handle((*Door).describeResourceServer)},
	{"UpdateResourceServer", signed, handle((*Door).updateResourceServer)},
	{"DeleteResourceServer", signed, handleEmpty((*Door).deleteResourceServer)},
	{"ListResourceServers", signed, handle((*Door).listResourceServers)},

	// Threat protection.
	{"SetRiskConfiguration", signed, handle((*Door).setRiskConfiguration)},
	{"DescribeRiskConfiguration", signed, handle((*Door).describeRiskConfiguration)},
	{"AdminListUserAuthEvents", signed, handle((*Door).adminListUserAuthEvents)},
	{"AdminUpdateAuthEventFeedback", signed, handle((*Door).adminUpdateAuthEventFeedback)},
	{"UpdateAuthEventFeedback", anyone, handle((*Door).updateAuthEventFeedback)},

	// Sign-in.
	{"InitiateAuth", anyone, handle((*Door).initiateAuth)},
	{"RespondToAuthChallenge", anyone, handle((*Door).respondToAuthChallenge)},
	{"AdminInitiateAuth", signed, handle((*Door).adminInitiateAuth)},
	{"AdminRespondToAuthChallenge", signed, handle((*Door).adminRespondToAuthChallenge)},
	{"GetTokensFromRefreshToken", anyone, handle((*Door).getTokensFromRefreshToken)},
	{"RevokeToken", anyone, handle((*Door).revokeToken)},
	{"GlobalSignOut", debtor, handle((*Door).globalSignOut)},
	{"AdminUserGlobalSignOut", signed, handle((*Door).adminUserGlobalSignOut)},

	// Sign-up and recovery.
	{"SignUp", anyone, handle((*Door).signUp)},
	{"ConfirmSignUp", anyone, handle((*Door).confirmSignUp)},
	{"ResendConfirmationCode", anyone, handle((*Door).resendConfirmationCode)},
	{"ForgotPassword", anyone, handle((*Door).forgotPassword)},
	{"ConfirmForgotPassword", anyone, handle((*Door).confirmForgotPassword)},

	// What users do for themselves.
	{"GetUser", bearer, handle((*Door).getUser)},
	{"GetUserAuthFactors", bearer, handle((*Door).getUserAuthFactors)},
	{"DeleteUser", bearer, handleEmpty((*Door).deleteUser)},
	{"ChangePassword", debtor, handle((*Door).changePassword)},
	{"UpdateUserAttributes", bearer, handle((*Door).updateUserAttributes)},
	{"DeleteUserAttributes", bearer, handle((*Door).deleteUserAttributes)},
	{"GetUserAttributeVerificationCode", bearer, handle((*Door).getUserAttributeVerificationCode)},
	{"VerifyUserAttribute", bearer, handle((*Door).verifyUserAttribute)},

	// Passkeys.
	{"StartWebAuthnRegistration", bearer, handle((*Door).startWebAuthnRegistration)},
	{"CompleteWebAuthnRegistration", bearer, handle((*Door).completeWebAuthnRegistration)},
	{"ListWebAuthnCredentials", bearer, handle((*Door).listWebAuthnCredentials)},
	{"DeleteWebAuthnCredential", bearer, handle((*Door).deleteWebAuthnCredential)},

	// Second factors.
	{"AssociateSoftwareToken", answerer, handle((*Door).associateSoftwareToken)},
	{"VerifySoftwareToken", answerer, handle((*Door).verifySoftwareToken)},
	{"SetUserMFAPreference", bearer, handle((*Door).setUserMFAPreference)},
	{"AdminSetUserMFAPreference", signed, handle((*Door).adminSetUserMFAPreference)},
	{"SetUserSettings", bearer, handle((*Door).setUserSettings)},
	{"AdminSetUserSettings", signed, handle((*Door).adminSetUserSettings)},

	// Devices.
	{"ConfirmDevice", bearer, handle((*Door).confirmDevice)},
	{"GetDevice", bearer, handle((*Door).getDevice)},
	{"ListDevices", bearer, handle((*Door).listDevices)},
	{"UpdateDeviceStatus", bearer, handle((*Door).updateDeviceStatus)},
	{"ForgetDevice", bearer, handleEmpty((*Door).forgetDevice)},
	{"AdminGetDevice", signed, handle((*Door).adminGetDevice)},
	{"AdminListDevices", signed, handle((*Door).adminListDevices)},
	{"AdminUpdateDeviceStatus", signed, handle((*Door).adminUpdateDeviceStatus)},
	{"AdminForgetDevice", signed, handleEmpty((*Door).adminForgetDevice)},

	// Users, by administrators.
	{"AdminCreateUser", signed, handle((*Door).adminCreateUser)},
	{"AdminGetUser", signed, handle((*Door).adminGetUser)},
	{"AdminSetUserPassword", signed, handle((*Door).adminSetUserPassword)},
	{"AdminResetUserPassword", signed, handle((*Door).adminResetUserPassword)},
	{"AdminConfirmSignUp", signed, handle((*Door).adminConfirmSignUp)},
	{"AdminDeleteUser", signed, handleEmpty((*Door).adminDeleteUser)},
	{"AdminDisableUser", signed, handle((*Door).adminDisableUser)},
	{"AdminEnableUser", signed, handle((*Door).adminEnableUser)},
	{"AdminUpdateUserAttributes", signed, handle((*Door).adminUpdateUserAttributes)},
	{"AdminDeleteUserAttributes", signed, handle((*Door).adminDeleteUserAttributes)},
	{"ListUsers", signed, handle((*Door).listUsers)},

	// Groups.
	{"CreateGroup", signed, handle((*Door).createGroup)},
	{"GetGroup", signed, handle((*Door).getGroup)},
	{"UpdateGroup", signed, handle((*Door).updateGroup)},
	{"DeleteGroup", signed, handleEmpty((*Door).deleteGroup)},
	{"ListGroups", signed, handle((*Door).listGroups)},
	{"ListUsersInGroup", signed, handle((*Door).listUsersInGroup)},
	{"AdminAddUserToGroup", signed, handleEmpty((*Door).adminAddUserToGroup)},
	{"AdminRemoveUserFromGroup", signed, handleEmpty((*Door).adminRemoveUserFromGroup)},
	{"AdminListGroupsForUser", signed, handle((*Door).adminListGroupsForUser)},

	// The look of sign-in pages.
	{"CreateManagedLoginBranding", signed, handle((*Door).createManagedLoginBranding).upTo(brandingBody)},
	{"DescribeManagedLoginBranding", signed, handle((*Door).describeManagedLoginBranding)},
	{"DescribeManagedLoginBrandingByClient", signed, handle((*Door).describeManagedLoginBrandingByClient)},
	{"UpdateManagedLoginBranding", signed, handle((*Door).updateManagedLoginBranding).upTo(brandingBody)},
	{"DeleteManagedLoginBranding", signed, handleEmpty((*Door).deleteManagedLoginBranding)},
	{"SetUICustomization", signed, handle((*Door).setUICustomization)},
	{"GetUICustomization", signed, handle((*Door).getUICustomization)},
	{"CreateTerms", signed, handle((*Door).createTerms)},
	{"DescribeTerms", signed, handle((*Door).describeTerms)},
	{"UpdateTerms", signed, handle((*Door).updateTerms)},
	{"DeleteTerms", signed, handleEmpty((*Door).deleteTerms)},
	{"ListTerms", signed, handle((*Door).listTerms)},

	// Log delivery and replicas.
	{"SetLogDeliveryConfiguration", signed, handle((*Door).setLogDeliveryConfiguration)},
	{"GetLogDeliveryConfiguration", signed, handle((*Door).getLogDeliveryConfiguration)},
	{"CreateUserPoolReplica", signed, handle((*Door).createUserPoolReplica)},
	{"ListUserPoolReplicas", signed, handle((*Door).listUserPoolReplicas)},
	{"UpdateUserPoolReplica", signed, handle((*Door).updateUserPoolReplica)},
	{"DeleteUserPoolReplica", signed, handle((*Door).deleteUserPoolReplica)},

	// User import.
	{"GetCSVHeader", signed, handle((*Door).getCSVHeader)},
	{"CreateUserImportJob", signed, handle((*Door).createUserImportJob)},
	{"StartUserImportJob", signed, handle((*Door).startUserImportJob)},
	{"StopUserImportJob", signed, handle((*Door).stopUserImportJob)},
	{"DescribeUserImportJob", signed, handle((*Door).describeUserImportJob)},
	{"ListUserImportJobs", signed, handle((*Door).listUserImportJobs)},
}
