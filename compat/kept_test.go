package compat

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestKeptSettings sends what is kept and told by the SDK, and reads it again.
func TestKeptSettings(t *testing.T) {
	p := newPool(t, signed(t))
	t.Run("a style has settings of any shape, and pictures", func(t *testing.T) {
		made, err := p.CreateManagedLoginBranding(p.ctx, &idp.CreateManagedLoginBrandingInput{
			UserPoolId: p.id, ClientId: p.clientID,
			Settings: document.NewLazyDocument(map[string]any{"components": map[string]any{"form": map[string]any{"borderRadius": 8}}}),
			Assets: []types.AssetType{{
				Category: types.AssetCategoryTypeFaviconIco, ColorMode: types.ColorSchemeModeTypeDynamic, Extension: types.AssetExtensionTypeIco, Bytes: []byte{0, 0, 1, 0, 1},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.DescribeManagedLoginBrandingByClient(p.ctx, &idp.DescribeManagedLoginBrandingByClientInput{UserPoolId: p.id, ClientId: p.clientID})
		if err != nil {
			t.Fatal(err)
		}
		var settings struct {
			Components struct {
				Form struct {
					BorderRadius int `document:"borderRadius"`
				} `document:"form"`
			} `document:"components"`
		}
		if err := got.ManagedLoginBranding.Settings.UnmarshalSmithyDocument(&settings); err != nil || settings.Components.Form.BorderRadius != 8 {
			t.Errorf("got settings %+v, %v", settings, err)
		}
		style := got.ManagedLoginBranding
		if *style.ManagedLoginBrandingId != *made.ManagedLoginBranding.ManagedLoginBrandingId || len(style.Assets) != 1 || len(style.Assets[0].Bytes) != 5 {
			t.Errorf("got %+v", style)
		}
		_, err = p.CreateManagedLoginBranding(p.ctx, &idp.CreateManagedLoginBrandingInput{UserPoolId: p.id, ClientId: p.clientID})
		if exists := (*types.ManagedLoginBrandingExistsException)(nil); !errors.As(err, &exists) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("terms link to pages", func(t *testing.T) {
		made, err := p.CreateTerms(p.ctx, &idp.CreateTermsInput{
			UserPoolId: p.id, ClientId: p.clientID, TermsName: aws.String("privacy-policy"), TermsSource: types.TermsSourceTypeLink,
			Enforcement: types.TermsEnforcementTypeNone, Links: map[string]string{"cognito:default": "https://example.com/privacy"},
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := p.ListTerms(p.ctx, &idp.ListTermsInput{UserPoolId: p.id})
		if err != nil || len(list.Terms) != 1 || *list.Terms[0].TermsId != *made.Terms.TermsId || list.Terms[0].CreationDate == nil {
			t.Errorf("got %+v, %v", list, err)
		}
	})
	t.Run("logs go where they are told", func(t *testing.T) {
		logs := []types.LogConfigurationType{{
			EventSource: types.EventSourceNameUserAuthEvents, LogLevel: types.LogLevelInfo,
			S3Configuration: &types.S3ConfigurationType{BucketArn: aws.String("arn:aws:s3:::sign-ins")},
		}}
		if _, err := p.SetLogDeliveryConfiguration(p.ctx, &idp.SetLogDeliveryConfigurationInput{UserPoolId: p.id, LogConfigurations: logs}); err != nil {
			t.Fatal(err)
		}
		got, err := p.GetLogDeliveryConfiguration(p.ctx, &idp.GetLogDeliveryConfigurationInput{UserPoolId: p.id})
		if err != nil || len(got.LogDeliveryConfiguration.LogConfigurations) != 1 || *got.LogDeliveryConfiguration.LogConfigurations[0].S3Configuration.BucketArn != "arn:aws:s3:::sign-ins" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a replica is listed beside the pool", func(t *testing.T) {
		if _, err := p.CreateUserPoolReplica(p.ctx, &idp.CreateUserPoolReplicaInput{UserPoolId: p.id, RegionName: aws.String("eu-west-1")}); err != nil {
			t.Fatal(err)
		}
		got, err := p.ListUserPoolReplicas(p.ctx, &idp.ListUserPoolReplicasInput{UserPoolId: p.id})
		if err != nil || len(got.UserPoolReplicas) != 2 || got.UserPoolReplicas[1].Status != types.ReplicaStatusTypeInactive {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
