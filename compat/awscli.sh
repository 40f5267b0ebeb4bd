#!/usr/bin/env bash
# The AWS CLI as a person types it. $1 is the program; where the server is and
# who calls comes from the environment. A version of before the tiers can turn
# threat protection on only where the server does not ask for one.
set -euo pipefail
aws=${1:-aws}

idp() { "$aws" cognito-idp --endpoint-url "$GATEHOUSE_URL" --output text "$@"; }

fail() { echo "awscli.sh: $*" >&2; exit 1; }

want() { # what, got, want
  [ "$2" = "$3" ] || fail "$1: got '$2', want '$3'"
}

# refused runs a command that must fail with this error and text.
refused() { # error, text, command
  local error=$1 text=$2 out
  shift 2
  if out=$("$@" 2>&1); then fail "$*: succeeded, want $error"; fi
  case "$out" in
  *"($error)"*"$text"*) ;;
  *) fail "$*: got '$out', want $error: $text" ;;
  esac
}

protection=()
[ "$GATEHOUSE_TIERLESS" = true ] && protection=(--user-pool-add-ons AdvancedSecurityMode=ENFORCED)
case "$("$aws" cognito-idp create-user-pool --generate-cli-skeleton)" in
*UserPoolTier*) protection=(--user-pool-add-ons AdvancedSecurityMode=ENFORCED --user-pool-tier PLUS) ;;
esac

good=Quiet-Harbour-71-lanterns
leaked='Password123!'

pool=$(idp create-user-pool --pool-name awscli ${protection[@]+"${protection[@]}"} --query UserPool.Id)
client=$(idp create-user-pool-client --user-pool-id "$pool" --client-name app \
  --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH --query UserPoolClient.ClientId)
idp set-risk-configuration --user-pool-id "$pool" \
  --compromised-credentials-risk-configuration 'Actions={EventAction=BLOCK}' >/dev/null
want "the risk configuration" "$(idp describe-risk-configuration --user-pool-id "$pool" \
  --query RiskConfiguration.CompromisedCredentialsRiskConfiguration.Actions.EventAction)" BLOCK

if [ ${#protection[@]} -gt 0 ]; then
  refused InvalidPasswordException "Provided password cannot be used for security reasons." \
    idp sign-up --client-id "$client" --username ann --password "$leaked"
  want "users after a refused sign-up" "$(idp list-users --user-pool-id "$pool" --query 'length(Users)')" 0
fi
want "UserConfirmed" "$(idp sign-up --client-id "$client" --username ann --password "$good" --query UserConfirmed)" False
idp admin-confirm-sign-up --user-pool-id "$pool" --username ann >/dev/null

read -r access refresh < <(idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters "USERNAME=ann,PASSWORD=$good" --query 'AuthenticationResult.[AccessToken,RefreshToken]')
want "GetUser" "$(idp get-user --access-token "$access" --query Username)" ann
want "the refreshed token" "$(idp initiate-auth --client-id "$client" --auth-flow REFRESH_TOKEN_AUTH \
  --auth-parameters "REFRESH_TOKEN=$refresh" --query AuthenticationResult.TokenType)" Bearer
refused NotAuthorizedException "Incorrect username or password." \
  idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH --auth-parameters USERNAME=ann,PASSWORD=Wrong-one-77

if [ ${#protection[@]} -gt 0 ]; then
  idp admin-set-user-password --user-pool-id "$pool" --username ann --password "$leaked" --permanent
  refused PasswordResetRequiredException "Password reset required for user due to security reasons" \
    idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH --auth-parameters "USERNAME=ann,PASSWORD=$leaked"
  want "the status after it" "$(idp admin-get-user --user-pool-id "$pool" --username ann --query UserStatus)" RESET_REQUIRED
fi

refused InvalidUserPoolConfigurationException "has no DeviceConfiguration" idp admin-list-devices --user-pool-id "$pool" --username ann
idp update-user-pool --user-pool-id "$pool" ${protection[@]+"${protection[@]}"} \
  --device-configuration ChallengeRequiredOnNewDevice=true,DeviceOnlyRememberedOnUserPrompt=false
want "devices" "$(idp admin-list-devices --user-pool-id "$pool" --username ann --query 'length(Devices)')" 0
refused ResourceNotFoundException "Device does not exist." \
  idp admin-forget-device --user-pool-id "$pool" --username ann --device-key "${pool%%_*}_00000000-0000-4000-8000-000000000000"

idp create-group --user-pool-id "$pool" --group-name editors >/dev/null
idp admin-add-user-to-group --user-pool-id "$pool" --group-name editors --username ann
want "members" "$(idp list-users-in-group --user-pool-id "$pool" --group-name editors --query 'Users[0].Username')" ann
domain="shop-$(date +%s)-$$"
idp create-user-pool-domain --user-pool-id "$pool" --domain "$domain" >/dev/null
want "the domain" "$(idp describe-user-pool-domain --domain "$domain" --query DomainDescription.[UserPoolId,Status])" "$pool	ACTIVE"
refused InvalidParameterException "It has a domain configured that should be deleted first." idp delete-user-pool --user-pool-id "$pool"
idp delete-user-pool-domain --user-pool-id "$pool" --domain "$domain" >/dev/null
idp create-resource-server --user-pool-id "$pool" --identifier api --name API --scopes ScopeName=read,ScopeDescription=Reads >/dev/null
want "the scope" "$(idp describe-resource-server --user-pool-id "$pool" --identifier api --query 'ResourceServer.Scopes[0].ScopeName')" read
want "the certificate" "$(idp get-signing-certificate --user-pool-id "$pool" --query Certificate | cut -c1-3)" MII
refused ResourceNotFoundException "" idp describe-user-pool --user-pool-id us-east-1_missing00
idp admin-delete-user --user-pool-id "$pool" --username ann
idp delete-user-pool --user-pool-id "$pool"
echo "awscli.sh: passed"
