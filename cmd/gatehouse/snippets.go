package main

import (
	"fmt"
	"strings"
)

// facts are what a client of the demo needs to know.
type facts struct {
	URL, Region, Pool, Client string
	// Username and Password sign in. They hold no quote and no backslash, so
	// they can stand in any of the languages below.
	Username, Password string
}

// snippets are lines to copy, by title. They work as they are.
func snippets(f facts) []struct{ Title, Text string } {
	return []struct{ Title, Text string }{
		{"AWS CLI", awsCLI(f)},
		{"Python, boto3", boto3(f)},
		{"JavaScript, AWS SDK v3", sdkV3(f)},
		{"JavaScript, Amplify v6", amplify(f)},
	}
}

func fill(f facts, text string) string {
	return strings.NewReplacer(
		"$URL", f.URL, "$REGION", f.Region, "$POOL", f.Pool, "$CLIENT", f.Client,
		"$USERNAME", f.Username, "$PASSWORD", f.Password,
	).Replace(text)
}

// awsCLI signs in and lists the users, for a shell.
func awsCLI(f facts) string {
	return fill(f, `export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_DEFAULT_REGION=$REGION
aws cognito-idp initiate-auth --endpoint-url $URL --client-id $CLIENT \
  --auth-flow USER_PASSWORD_AUTH --auth-parameters 'USERNAME=$USERNAME,PASSWORD=$PASSWORD'
aws cognito-idp list-users --endpoint-url $URL --user-pool-id $POOL
`)
}

// boto3 signs in and lists the users, for Python.
func boto3(f facts) string {
	return fill(f, `import boto3
idp = boto3.client("cognito-idp", endpoint_url="$URL", region_name="$REGION",
                   aws_access_key_id="demo", aws_secret_access_key="demo")
print(idp.initiate_auth(ClientId="$CLIENT", AuthFlow="USER_PASSWORD_AUTH",
                        AuthParameters={"USERNAME": "$USERNAME", "PASSWORD": "$PASSWORD"}))
print(idp.list_users(UserPoolId="$POOL")["Users"])
`)
}

// sdkV3 signs in and lists the users, for an ES module.
func sdkV3(f facts) string {
	return fill(f, `import { CognitoIdentityProvider } from "@aws-sdk/client-cognito-identity-provider";
const idp = new CognitoIdentityProvider({
  endpoint: "$URL", region: "$REGION",
  credentials: { accessKeyId: "demo", secretAccessKey: "demo" },
});
console.log(await idp.initiateAuth({
  ClientId: "$CLIENT", AuthFlow: "USER_PASSWORD_AUTH",
  AuthParameters: { USERNAME: "$USERNAME", PASSWORD: "$PASSWORD" },
}));
console.log((await idp.listUsers({ UserPoolId: "$POOL" })).Users);
`)
}

// amplify signs in by SRP, for an ES module or a browser.
func amplify(f facts) string {
	return fill(f, `import { Amplify } from "aws-amplify";
import { signIn, fetchAuthSession } from "aws-amplify/auth";
Amplify.configure({ Auth: { Cognito: {
  userPoolId: "$POOL",
  userPoolClientId: "$CLIENT",
  userPoolEndpoint: "$URL",
} } });
console.log(await signIn({ username: "$USERNAME", password: "$PASSWORD" }));
console.log((await fetchAuthSession()).tokens);
`)
}

// adminLines are for the shell of the first administrator.
func adminLines(url, region, id, secret string) string {
	return fmt.Sprintf(`export AWS_ACCESS_KEY_ID=%s
export AWS_SECRET_ACCESS_KEY=%s
export AWS_DEFAULT_REGION=%s
aws cognito-idp list-user-pools --max-results 10 --endpoint-url %s
`, id, secret, region, url)
}
