package compat

import (
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

func asFault[E smithy.APIError](err error, target *E) bool { return errors.As(err, target) }

func TestSignatures(t *testing.T) {
	t.Parallel()
	s := signed(t)
	list := func(id, secret string) error {
		_, err := s.connect(t, id, secret).ListUserPools(t.Context(), &idp.ListUserPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	if err := list(s.id, s.secret); err != nil {
		t.Fatalf("with the key that the server made: %v", err)
	}
	t.Run("by a wrong secret are refused", func(t *testing.T) {
		wantCode(t, list(s.id, "wrong"+s.secret[5:]), "InvalidSignatureException")
	})
	t.Run("by an unknown key are refused", func(t *testing.T) {
		wantCode(t, list("AKIAAAAAAAAAAAAAAAAA", s.secret), "UnrecognizedClientException")
	})
	t.Run("by a key that may only read pools, open nothing else", func(t *testing.T) {
		id, secret, err := createKey(s.data, "reader", "--action", "cognito-idp:ListUserPools")
		if err != nil {
			t.Fatal(err)
		}
		if err := list(id, secret); err != nil {
			t.Errorf("what it may do: %v", err)
		}
		_, err = s.connect(t, id, secret).CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: aws.String("mine")})
		wantCode(t, err, "AccessDeniedException")
	})
	t.Run("cannot be left out", func(t *testing.T) {
		client := idp.New(idp.Options{Region: "us-east-1", BaseEndpoint: &s.url, Credentials: aws.AnonymousCredentials{}})
		_, err := client.ListUserPools(t.Context(), &idp.ListUserPoolsInput{MaxResults: aws.Int32(1)})
		wantCode(t, err, "MissingAuthenticationTokenException")
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t), func(in *idp.CreateUserPoolInput) { in.UserPoolTags = map[string]string{"team": "doors"} })
	pool, err := p.DescribeUserPool(p.ctx, &idp.DescribeUserPoolInput{UserPoolId: p.id})
	if err != nil {
		t.Fatal(err)
	}
	arn := pool.UserPool.Arn
	if _, err := p.TagResource(p.ctx, &idp.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"stage": "test", "cost": "0"}}); err != nil {
		t.Fatalf("TagResource: %v", err)
	}
	if _, err := p.UntagResource(p.ctx, &idp.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"cost"}}); err != nil {
		t.Fatalf("UntagResource: %v", err)
	}
	out, err := p.ListTagsForResource(p.ctx, &idp.ListTagsForResourceInput{ResourceArn: arn})
	if want := map[string]string{"team": "doors", "stage": "test"}; err != nil || !maps.Equal(out.Tags, want) {
		t.Errorf("got %v, %v, want %v", out, err, want)
	}
}

func TestPoolsAndClients(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t))
	t.Run("are listed page by page", func(t *testing.T) {
		newPool(t, p.server)
		found := 0
		for pager := idp.NewListUserPoolsPaginator(p, &idp.ListUserPoolsInput{MaxResults: aws.Int32(1)}); pager.HasMorePages(); {
			page, err := pager.NextPage(p.ctx)
			if err != nil {
				t.Fatalf("ListUserPools: %v", err)
			}
			for _, pool := range page.UserPools {
				if *pool.Id == *p.id {
					found++
				}
			}
		}
		if found != 1 {
			t.Errorf("the pool is listed %d times, want once", found)
		}
	})
	t.Run("read back what was written", func(t *testing.T) {
		out, err := p.DescribeUserPool(p.ctx, &idp.DescribeUserPoolInput{UserPoolId: p.id})
		if err != nil {
			t.Fatal(err)
		}
		pool := out.UserPool
		if pool.UserPoolTier != types.UserPoolTierTypePlus || pool.UserPoolAddOns.AdvancedSecurityMode != types.AdvancedSecurityModeTypeEnforced {
			t.Errorf("got tier %s, mode %s", pool.UserPoolTier, pool.UserPoolAddOns.AdvancedSecurityMode)
		}
		if pool.CreationDate == nil || pool.CreationDate.IsZero() {
			t.Error("got no creation date")
		}
		risk, err := p.DescribeRiskConfiguration(p.ctx, &idp.DescribeRiskConfigurationInput{UserPoolId: p.id})
		if err != nil {
			t.Fatal(err)
		}
		if cc := risk.RiskConfiguration.CompromisedCredentialsRiskConfiguration; cc == nil || len(cc.EventFilter) != 3 || cc.Actions.EventAction != types.CompromisedCredentialsEventActionTypeBlock {
			t.Errorf("got %+v, want BLOCK for all three events", cc)
		}
		if risk.RiskConfiguration.AccountTakeoverRiskConfiguration != nil {
			t.Error("got an account takeover section that nobody wrote")
		}
	})
	t.Run("an update replaces what it does not name", func(t *testing.T) {
		client := p.newClient(t, func(in *idp.CreateUserPoolClientInput) { in.ReadAttributes = []string{"email"} })
		out, err := p.UpdateUserPoolClient(p.ctx, &idp.UpdateUserPoolClientInput{UserPoolId: p.id, ClientId: client.ClientId, ClientName: aws.String("renamed")})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.UserPoolClient; *got.ClientName != "renamed" || got.PreventUserExistenceErrors == types.PreventUserExistenceErrorTypesEnabled && len(got.ReadAttributes) == 1 {
			t.Errorf("got %+v, want defaults where nothing was named", got)
		}
	})
	t.Run("a deleted pool is gone", func(t *testing.T) {
		other := newPool(t, p.server)
		if _, err := p.DeleteUserPool(p.ctx, &idp.DeleteUserPoolInput{UserPoolId: other.id}); err != nil {
			t.Fatal(err)
		}
		_, err := p.DescribeUserPool(p.ctx, &idp.DescribeUserPoolInput{UserPoolId: other.id})
		wantFault[*types.ResourceNotFoundException](t, err, "User pool "+*other.id+" does not exist.")
	})
}

func TestErrorsHaveTheTypesOfTheSDK(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t))
	p.join(t, "ann", good)
	t.Run("UsernameExistsException", func(t *testing.T) {
		wantFault[*types.UsernameExistsException](t, p.signUp("ann", good), "User already exists")
	})
	t.Run("InvalidPasswordException", func(t *testing.T) {
		wantFault[*types.InvalidPasswordException](t, p.signUp("bob", "short"), "Password did not conform with policy: Password not long enough")
	})
	t.Run("UserNotFoundException", func(t *testing.T) {
		_, err := p.AdminGetUser(p.ctx, &idp.AdminGetUserInput{UserPoolId: p.id, Username: aws.String("nobody")})
		wantFault[*types.UserNotFoundException](t, err, "User does not exist.")
	})
	t.Run("CodeMismatchException", func(t *testing.T) {
		if err := p.signUp("cleo", good); err != nil {
			t.Fatal(err)
		}
		_, err := p.ConfirmSignUp(p.ctx, &idp.ConfirmSignUpInput{ClientId: p.clientID, Username: aws.String("cleo"), ConfirmationCode: aws.String("000000")})
		wantFault[*types.CodeMismatchException](t, err, "Invalid verification code provided, please try again.")
	})
	t.Run("ResourceNotFoundException", func(t *testing.T) {
		_, err := p.DescribeUserPool(p.ctx, &idp.DescribeUserPoolInput{UserPoolId: aws.String("us-east-1_missing00")})
		wantFault[*types.ResourceNotFoundException](t, err, "User pool us-east-1_missing00 does not exist.")
	})
	t.Run("InvalidParameterException in AWS's words", func(t *testing.T) {
		_, err := p.ListUsers(p.ctx, &idp.ListUsersInput{UserPoolId: p.id, Limit: aws.Int32(61)})
		wantFault[*types.InvalidParameterException](t, err, "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60")
	})
	t.Run("FeatureUnavailableInTierException", func(t *testing.T) {
		_, err := p.CreateUserPool(p.ctx, &idp.CreateUserPoolInput{
			PoolName: aws.String("cheap"), UserPoolTier: types.UserPoolTierTypeLite,
			UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced},
		})
		var tier *types.FeatureUnavailableInTierException
		if !asFault(err, &tier) {
			t.Errorf("got %v, want FeatureUnavailableInTierException", err)
		}
	})
}
