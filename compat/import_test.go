package compat

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// emigrants is a pool with ann, who has a password and a group, and the secret of a client.
func emigrants(t *testing.T, s *server) (p *pool, secret string) {
	t.Helper()
	p = newPool(t, s)
	created, err := p.CreateUserPoolClient(p.ctx, &idp.CreateUserPoolClientInput{
		UserPoolId: p.id, ClientName: aws.String("back"), GenerateSecret: true,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateGroup(p.ctx, &idp.CreateGroupInput{UserPoolId: p.id, GroupName: aws.String("staff")}); err != nil {
		t.Fatal(err)
	}
	_, err = p.AdminCreateUser(p.ctx, &idp.AdminCreateUserInput{
		UserPoolId: p.id, Username: aws.String("ann"), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("ann@example.com")}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.AdminSetUserPassword(p.ctx, &idp.AdminSetUserPasswordInput{UserPoolId: p.id, Username: aws.String("ann"), Password: aws.String(good), Permanent: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AdminAddUserToGroup(p.ctx, &idp.AdminAddUserToGroupInput{UserPoolId: p.id, Username: aws.String("ann"), GroupName: aws.String("staff")}); err != nil {
		t.Fatal(err)
	}
	return p, *created.UserPoolClient.ClientSecret
}

// immigrate imports a pool into a new server and starts it.
func (s *server) immigrate(t *testing.T, p *pool, args ...string) (*pool, string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "new")
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"import", "cognito", "--data", data, "--from-pool", *p.id}, args...)...)
	// The stories' own variables would be settings to the command.
	cmd.Env = slices.DeleteFunc(s.environment(), func(v string) bool { return strings.HasPrefix(v, "GATEHOUSE_") })
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "users: 1 created") {
		t.Fatalf("the import says:\n%s", out)
	}
	next, err := start(data, "--dev", "--ignore-tiers")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(next.stop)
	next.id, next.secret = "any", "thing"
	return &pool{Client: next.connect(t, next.id, next.secret), ctx: t.Context(), server: next, id: p.id, clientID: p.clientID}, string(out)
}

// same compares what came over.
func (p *pool) same(t *testing.T, was *pool) {
	t.Helper()
	before, err := was.AdminGetUser(p.ctx, &idp.AdminGetUserInput{UserPoolId: p.id, Username: aws.String("ann")})
	if err != nil {
		t.Fatal(err)
	}
	after, err := p.AdminGetUser(p.ctx, &idp.AdminGetUserInput{UserPoolId: p.id, Username: aws.String("ann")})
	if err != nil {
		t.Fatal(err)
	}
	attribute := func(list []types.AttributeType, name string) string {
		for _, a := range list {
			if *a.Name == name {
				return *a.Value
			}
		}
		return ""
	}
	for _, name := range []string{"sub", "email", "email_verified"} {
		if got, want := attribute(after.UserAttributes, name), attribute(before.UserAttributes, name); got != want || got == "" {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if !after.UserCreateDate.Equal(*before.UserCreateDate) {
		t.Errorf("made at %v, want %v", after.UserCreateDate, before.UserCreateDate)
	}
	groups, err := p.AdminListGroupsForUser(p.ctx, &idp.AdminListGroupsForUserInput{UserPoolId: p.id, Username: aws.String("ann")})
	if err != nil || len(groups.Groups) != 1 || *groups.Groups[0].GroupName != "staff" {
		t.Errorf("groups: %v, %v", groups, err)
	}
}

// TestImport takes a pool over from a server that asks for signatures, and signs in
// with the password that is there.
func TestImport(t *testing.T) {
	t.Parallel()
	s := signed(t)
	was, secret := emigrants(t, s)
	now, out := s.immigrate(t, was, "--from-endpoint", s.url, "--lazy")
	if strings.Contains(out, secret) {
		t.Errorf("the import prints the client's secret:\n%s", out)
	}
	now.same(t, was)
	signIn := func(password string) error {
		_, err := now.InitiateAuth(now.ctx, &idp.InitiateAuthInput{
			ClientId: now.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": password},
		})
		return err
	}
	if err := signIn(better); err == nil {
		t.Error("another password signs in")
	}
	if err := signIn(good); err != nil {
		t.Errorf("the password of there: %v", err)
	}
}

// TestImportFromTheAWSCLI takes a pool over from what the CLI printed.
func TestImportFromTheAWSCLI(t *testing.T) {
	t.Parallel()
	for _, path := range awsCLIs(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := dev(t)
			was, _ := emigrants(t, s)
			dir := t.TempDir()
			for name, args := range map[string][]string{
				"describe-user-pool":                         {"describe-user-pool"},
				"list-user-pool-clients":                     {"list-user-pool-clients", "--max-results", "60"},
				"list-groups":                                {"list-groups"},
				"list-users":                                 {"list-users"},
				"list-users-in-group.staff":                  {"list-users-in-group", "--group-name", "staff"},
				"describe-user-pool-client." + *was.clientID: {"describe-user-pool-client", "--client-id", *was.clientID},
			} {
				args = append([]string{"cognito-idp", "--output", "json", "--endpoint-url", s.url}, args...)
				cmd := exec.CommandContext(t.Context(), path, append(args, "--user-pool-id", *was.id)...)
				cmd.Env = s.environment()
				printed, err := cmd.Output()
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if err := os.WriteFile(filepath.Join(dir, name+".json"), printed, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			now, _ := s.immigrate(t, was, "--from-folder", dir)
			now.same(t, was)
		})
	}
}
