package compat

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/evanw/esbuild/pkg/api"
)

// passkeyPool is a pool whose users can have passkeys for localhost, and a user of it.
func passkeyPool(t *testing.T, s *server, flows ...types.ExplicitAuthFlowsType) *pool {
	t.Helper()
	p := newPool(t, s, func(in *idp.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{
			AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		}}
	})
	_, err := p.SetUserPoolMfaConfig(p.ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: p.id, WebAuthnConfiguration: &types.WebAuthnConfigurationType{
		RelyingPartyId: aws.String("localhost"), UserVerification: types.UserVerificationTypeRequired,
	}})
	if err != nil {
		t.Fatal(err)
	}
	client := p.newClient(t, func(in *idp.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = append(flows, types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth)
		in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
	})
	p.clientID = client.ClientId
	p.join(t, "ann", good)
	return p
}

// call is how a page speaks to the API without a library.
const call = `
	const call = async (operation, body) => {
		const response = await fetch(url, {
			method: 'POST', body: JSON.stringify(body),
			headers: {'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'AWSCognitoIdentityProviderService.' + operation},
		})
		return {status: response.status, ...await response.json()}
	}
`

// TestAPageSignsInByAPasskey has Chromium's own reading and writing of WebAuthn's
// JSON on the other side, with an authenticator of Chromium's.
func TestAPageSignsInByAPasskey(t *testing.T) {
	s := dev(t)
	p := passkeyPool(t, s, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth)
	page := browse(t, localhost(t, map[string]string{"/": "<!DOCTYPE html><title>A page</title>"}))
	page.authenticator(true)
	page.eventually(`return location.hostname === 'localhost' && isSecureContext`)

	const register = call + `
		const signedIn = await call('InitiateAuth', {
			ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: 'ann', PASSWORD: password},
		})
		const AccessToken = signedIn.AuthenticationResult.AccessToken
		const {CredentialCreationOptions} = await call('StartWebAuthnRegistration', {AccessToken})
		const key = await navigator.credentials.create({
			publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(CredentialCreationOptions),
		})
		const done = await call('CompleteWebAuthnRegistration', {AccessToken, Credential: key.toJSON()})
		const list = await call('ListWebAuthnCredentials', {AccessToken})
		return {done, list, id: key.id}
	`
	registered, _ := page.run("const [url, ClientId, password] = values;"+register, s.url, *p.clientID, good).(map[string]any)
	list, _ := registered["list"].(map[string]any)
	credentials, _ := list["Credentials"].([]any)
	if done, _ := registered["done"].(map[string]any); done["status"] != 200.0 || len(credentials) != 1 {
		t.Fatalf("got %v", registered)
	}
	first, _ := credentials[0].(map[string]any)
	if first["CredentialId"] != registered["id"] || first["RelyingPartyId"] != "localhost" || first["AuthenticatorAttachment"] != "platform" ||
		!reflect.DeepEqual(first["AuthenticatorTransports"], []any{"internal"}) {
		t.Errorf("listed as %v, made as %v", first, registered["id"])
	}

	const enter = call + `
		const asked = await call('InitiateAuth', {
			ClientId, AuthFlow: 'USER_AUTH', AuthParameters: {USERNAME: 'ann', PREFERRED_CHALLENGE: 'WEB_AUTHN'},
		})
		const proof = await navigator.credentials.get({
			publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS)),
		})
		const answer = {
			ClientId, ChallengeName: asked.ChallengeName, Session: asked.Session,
			ChallengeResponses: {USERNAME: 'ann', CREDENTIAL: JSON.stringify(proof.toJSON())},
		}
		return [await call('RespondToAuthChallenge', answer), await call('RespondToAuthChallenge', answer)]
	`
	answers, _ := page.run("const [url, ClientId] = values;"+enter, s.url, *p.clientID).([]any)
	if len(answers) != 2 {
		t.Fatalf("got %v", answers)
	}
	once, _ := answers[0].(map[string]any)
	if tokens, _ := once["AuthenticationResult"].(map[string]any); once["status"] != 200.0 || tokens["AccessToken"] == nil {
		t.Errorf("got %v", once)
	}
	if again, _ := answers[1].(map[string]any); again["status"] != 400.0 || again["__type"] != "NotAuthorizedException" {
		t.Errorf("once more: got %v", again)
	}
}

// amplify is aws-amplify as a page has it, in one file.
func amplify(t *testing.T, script string) string {
	t.Helper()
	node(t) // which says how the library comes here
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: script, ResolveDir: folder + "/js", Loader: api.LoaderJS},
		Bundle: true, Platform: api.PlatformBrowser, Format: api.FormatESModule, Target: api.ES2022, LogLevel: api.LogLevelSilent,
	})
	if len(built.Errors) > 0 {
		t.Fatalf("bundle aws-amplify: %v", built.Errors)
	}
	return string(built.OutputFiles[0].Contents)
}

func TestAmplifySignsInByAPasskey(t *testing.T) {
	s := dev(t)
	p := passkeyPool(t, s, types.ExplicitAuthFlowsTypeAllowUserSrpAuth)
	settings, err := json.Marshal(map[string]any{"Auth": map[string]any{"Cognito": map[string]string{
		"userPoolId": *p.id, "userPoolClientId": *p.clientID, "userPoolEndpoint": s.url,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	script := amplify(t, `
		import { Amplify } from "aws-amplify"
		import * as auth from "aws-amplify/auth"
		Amplify.configure(`+string(settings)+`)
		window.auth = auth
	`)
	page := browse(t, localhost(t, map[string]string{"/": `<!DOCTYPE html><script type="module" src="/app.js"></script>`, "/app.js": script}))
	page.authenticator(true)
	page.eventually(`return window.auth !== undefined`)

	got := page.run(`
		const [password] = values, told = []
		await auth.signIn({username: 'ann', password})
		told.push((await auth.listWebAuthnCredentials()).credentials.length)
		await auth.associateWebAuthnCredential()
		const {credentials} = await auth.listWebAuthnCredentials()
		told.push(credentials.length, credentials[0].relyingPartyId)
		await auth.signOut()
		const {isSignedIn, nextStep} = await auth.signIn({username: 'ann', options: {authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN'}})
		told.push(isSignedIn, nextStep.signInStep, (await auth.getCurrentUser()).username)
		await auth.signOut()
		const chosen = await auth.signIn({username: 'ann', options: {authFlowType: 'USER_AUTH'}})
		told.push(chosen.nextStep.signInStep, chosen.nextStep.availableChallenges.join())
		told.push((await auth.confirmSignIn({challengeResponse: 'WEB_AUTHN'})).isSignedIn)
		await auth.deleteWebAuthnCredential({credentialId: credentials[0].credentialId})
		told.push((await auth.listWebAuthnCredentials()).credentials.length)
		await auth.signOut()
		return told
	`, good)
	want := []any{
		0.0, 1.0, "localhost", true, "DONE", "ann",
		"CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", "PASSWORD,PASSWORD_SRP,WEB_AUTHN", true, 0.0,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if strings.Contains(s.err.String(), "level=ERROR") {
		t.Errorf("the server is not happy:\n%s", s.err.String())
	}
}
