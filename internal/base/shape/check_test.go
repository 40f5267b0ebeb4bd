package shape

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// The texts are AWS's. Those of 2.5 in the specification come from responses
// that people published; the forms for list elements ("Member must satisfy
// constraint: [...]") and map keys are those of AWS's shared framework.
func TestCheckSpeaksAsAWS(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		name  string
		input Input
		want  string // after "1 validation error detected: ", or whole
	}{
		{"a required member that is absent",
			&DescribeUserPoolRequest{},
			"Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"},
		{"a required secret that is absent",
			&AdminSetUserPasswordRequest{UserPoolId: new("us-east-1_aaaaaaaaa"), Username: new("ann")},
			"Value at 'password' failed to satisfy constraint: Member must not be null"},
		{"a required list that is absent",
			&UpdateUserAttributesRequest{AccessToken: new("x")},
			"Value null at 'userAttributes' failed to satisfy constraint: Member must not be null"},
		{"a string too long",
			&DescribeUserPoolRequest{UserPoolId: new("p_" + long(60))},
			"Value 'p_" + long(60) + "' at 'userPoolId' failed to satisfy constraint: Member must have length less than or equal to 55"},
		{"an empty string breaks the length, then the pattern",
			&DescribeUserPoolRequest{UserPoolId: new("")},
			`2 validation errors detected: Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; ` +
				`Value '' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{"a pattern that matches only a part",
			&DescribeUserPoolRequest{UserPoolId: new("us-east-1_abc!")},
			`Value 'us-east-1_abc!' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{"an enum",
			&SetUserPoolMfaConfigRequest{UserPoolId: new("us-east-1_a"), MfaConfiguration: new("false")},
			"Value 'false' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]"},
		{"a number too small",
			&ListUserPoolsRequest{MaxResults: new(int32(0))},
			"Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"a number too large",
			&ListUserPoolsRequest{MaxResults: new(int32(61))},
			"Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60"},
		{"secrets are not repeated, and members come in alphabetical order",
			&SignUpRequest{ClientId: new("a"), Username: new("ann lee"), Password: new("hunter 2")},
			`2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+; ` +
				`Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		{"a structure inside a list, counted from 1",
			&SignUpRequest{ClientId: new("a"), Username: new("ann"), UserAttributes: []AttributeType{
				{Name: new("email")}, {Name: new(long(33)), Value: new(long(2049))}}},
			"2 validation errors detected: Value '" + long(33) + "' at 'userAttributes.2.member.name' failed to satisfy constraint: Member must have length less than or equal to 32; " +
				"Value at 'userAttributes.2.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048"},
		{"a structure inside structures",
			&CreateUserPoolRequest{PoolName: new("p"), Policies: &UserPoolPolicyType{PasswordPolicy: &PasswordPolicyType{MinimumLength: new(int32(5))}}},
			"Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6"},
		{"a list of too many structures",
			&AddCustomAttributesRequest{UserPoolId: new("us-east-1_a"), CustomAttributes: make([]SchemaAttributeType, 26)},
			"Value at 'customAttributes' failed to satisfy constraint: Member must have length less than or equal to 25"},
		{"an empty list where one element is needed",
			&AddCustomAttributesRequest{UserPoolId: new("us-east-1_a"), CustomAttributes: []SchemaAttributeType{}},
			"Value at 'customAttributes' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"an element of a list of strings is told on the list",
			&CreateUserPoolRequest{PoolName: new("p"), AliasAttributes: []string{"email", "fax", "telex"}},
			"Value '[email, fax, telex]' at 'aliasAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email, preferred_username]]"},
		{"a value of a map is told on the map",
			&TagResourceRequest{ResourceArn: new("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"), Tags: map[string]string{"b": long(257), "a": "x"}},
			"Value '{a=x, b=" + long(248) + "…' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256]"},
		{"a key of a map",
			&CreateTermsRequest{UserPoolId: new("us-east-1_a"), ClientId: new("a"), TermsName: new("terms-of-use"), TermsSource: new("LINK"), Enforcement: new("NONE"),
				Links: map[string]string{"cognito:latin": "https://example.com"}},
			"Value '{cognito:latin=https://example.com}' at 'links' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: " +
				"^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$]"},
		{"a blob",
			&SetUICustomizationRequest{UserPoolId: new("us-east-1_a"), ImageFile: make([]byte, 131073)},
			"Value at 'imageFile' failed to satisfy constraint: Member must have length less than or equal to 131072"},
		{"a long value is cut between code points",
			&ListUsersRequest{UserPoolId: new("us-east-1_a"), Filter: new("x" + strings.Repeat("é", 300))},
			"Value 'x" + strings.Repeat("é", 127) + "…' at 'filter' failed to satisfy constraint: Member must have length less than or equal to 256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if !strings.Contains(want, " detected: ") {
				want = "1 validation error detected: " + want
			}
			f, ok := fault.As(c.input.Check())
			if !ok || f.Code != fault.InvalidParameter || f.Message != want {
				t.Errorf("\n got %v\nwant %s", f, want)
			}
		})
	}
}

func TestCheckOfManyErrorsCountsThemAllAndListsTwenty(t *testing.T) {
	in := &SignUpRequest{ClientId: new("a"), Username: new("ann"), UserAttributes: make([]AttributeType, 1000)}
	f, _ := fault.As(in.Check())
	if !strings.HasPrefix(f.Message, "1000 validation errors detected: Value null at 'userAttributes.1.member.name'") {
		t.Errorf("got %.100q", f.Message)
	}
	if got := strings.Count(f.Message, "userAttributes."); got != maxListed {
		t.Errorf("got %d listed errors, want %d", got, maxListed)
	}
}

func TestCheckPassesWhatTheModelAllows(t *testing.T) {
	for name, in := range map[string]Input{
		"absent optional members":     &SignUpRequest{ClientId: new("1example23456789"), Username: new("ann"), Password: new("Passw0rd!")},
		"a sign-up without password":  &SignUpRequest{ClientId: new("1example23456789"), Username: new("ann")},
		"an empty map":                &InitiateAuthRequest{ClientId: new("a"), AuthFlow: new(AuthFlowTypeUserPasswordAuth), AuthParameters: map[string]string{}},
		"an empty value of a map":     &InitiateAuthRequest{ClientId: new("a"), AuthFlow: new(AuthFlowTypeUserAuth), AuthParameters: map[string]string{"": ""}},
		"letters of any script":       &SignUpRequest{ClientId: new("a"), Username: new("Ζωή-さくら-😀")},
		"128 characters in 512 bytes": &SignUpRequest{ClientId: new("a"), Username: new(strings.Repeat("😀", 128))},
		"values at their bounds":      &ListUserPoolsRequest{MaxResults: new(int32(60))},
		"all enum values":             &CreateUserPoolClientRequest{UserPoolId: new("us-east-1_a"), ClientName: new("web"), ExplicitAuthFlows: valuesExplicitAuthFlowsType},
	} {
		t.Run(name, func(t *testing.T) {
			if err := in.Check(); err != nil {
				t.Errorf("got %v, want nil", err)
			}
		})
	}
}

func TestCheckAllocatesNothingWhenAllIsWell(t *testing.T) {
	in := wideSignUp()
	if err := in.Check(); err != nil { // the first call compiles the patterns
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = in.Check() }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

func TestOperationsAreThoseOfTheModel(t *testing.T) {
	if len(Operations) != 126 {
		t.Errorf("got %d operations, want 126", len(Operations))
	}
	unsigned, noOutput := 0, 0
	for i, op := range Operations {
		if i > 0 && op.Name <= Operations[i-1].Name {
			t.Errorf("%s is out of order", op.Name)
		}
		if op.Unsigned {
			unsigned++
		}
		if op.NoOutput {
			noOutput++
		}
		if !slices.Contains(op.Errors, fault.InvalidParameter) {
			t.Errorf("%s cannot answer InvalidParameterException: the error list is broken", op.Name)
		}
		if a, b := op.New(), op.New(); a == b {
			t.Errorf("%s: New must return a new input each time", op.Name)
		}
		if found, ok := Lookup(op.Name); !ok || found != &Operations[i] {
			t.Errorf("Lookup(%q) misses", op.Name)
		}
	}
	if unsigned != 32 || noOutput != 13 {
		t.Errorf("got %d unsigned and %d without output, want 32 and 13", unsigned, noOutput)
	}
	for _, name := range []string{"", "signup", "SignUpp", "ZZZ"} {
		if _, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) found something", name)
		}
	}
}

func TestEncodingOmitsTheAbsentAndKeepsTheEmpty(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{InitiateAuthResponse{}, `{}`},
		{InitiateAuthResponse{ChallengeParameters: map[string]string{}}, `{"ChallengeParameters":{}}`},
		{AdminListUserAuthEventsResponse{AuthEvents: []AuthEventType{}}, `{"AuthEvents":[]}`},
		{AccountTakeoverActionType{Notify: new(false), EventAction: new("")}, `{"Notify":false,"EventAction":""}`},
		{HttpHeader{HeaderName: new("a")}, `{"headerName":"a"}`},
		{StartWebAuthnRegistrationResponse{CredentialCreationOptions: wire.Document(`{"rp":{}}`)}, `{"CredentialCreationOptions":{"rp":{}}}`},
	} {
		got, err := wire.Encode(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%T: got %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestDecodingAcceptsWhatClientsSend(t *testing.T) {
	var in InitiateAuthRequest
	body := `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"a","AuthParameters":{"USERNAME":"ann","PASSWORD":"x","SECRET_HASH":null},"ClientMetadata":null,"Unknown":[1]}`
	if err := wire.Decode([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"USERNAME": "ann", "PASSWORD": "x"}; !maps.Equal(in.AuthParameters, want) || in.ClientMetadata != nil {
		t.Errorf("got %v and %v, want %v and nil", in.AuthParameters, in.ClientMetadata, want)
	}
	if err := in.Check(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	var f *fault.Fault
	if err := wire.Decode([]byte(`{"AuthFlow":1}`), &in); !errors.As(err, &f) || f.Code != fault.Serialization {
		t.Errorf("a number for a string: got %v, want SerializationException", err)
	}
}

func wideSignUp() *SignUpRequest {
	return &SignUpRequest{
		ClientId:   new("4jhm2tq1v7f3k9d8s6a5g0l1p2"),
		SecretHash: new("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
		Username:   new("ann@example.com"),
		Password:   new("correct-horse-7-Battery"),
		UserAttributes: []AttributeType{
			{Name: new("email"), Value: new("ann@example.com")},
			{Name: new("name"), Value: new("Ann Ωmega")},
			{Name: new("custom:tier"), Value: new("gold")},
		},
		ClientMetadata:    map[string]string{"campaign": "spring"},
		UserContextData:   &UserContextDataType{IpAddress: new("192.0.2.1")},
		AnalyticsMetadata: &AnalyticsMetadataType{AnalyticsEndpointId: new("x")},
	}
}
