package shape

import (
	"regexp"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// modelPatterns are all patterns that the limits use.
var modelPatterns = func() map[string]*pattern {
	found := map[string]*pattern{}
	for _, l := range []*text{
		&limitsArnType, &limitsAttributeNameType, &limitsClientIdType, &limitsClientNameType, &limitsDeviceKeyType,
		&limitsDomainType, &limitsEmailAddressType, &limitsEmailInviteMessageType, &limitsEmailNotificationBodyType,
		&limitsEmailVerificationMessageType, &limitsEmailVerificationMessageByLinkType, &limitsEmailVerificationSubjectType,
		&limitsHexStringType, &limitsManagedLoginBrandingIdType, &limitsPasswordType, &limitsProviderNameType,
		&limitsProviderNameTypeV2, &limitsResourceServerIdentifierType, &limitsResourceServerScopeNameType,
		&limitsSESConfigurationSet, &limitsSecretHashType, &limitsSmsInviteMessageType, &limitsSmsVerificationMessageType,
		&limitsTokenModelType, &limitsUserPoolIdType, &limitsUsernameType,
	} {
		found[l.pattern.source] = l.pattern
	}
	return found
}()

func TestPatternAgreesWithTheRegularExpression(t *testing.T) {
	for source, p := range modelPatterns {
		t.Run(source, func(t *testing.T) {
			whole := regexp.MustCompile(`\A(?:` + source + `)\z`)
			near := rapid.StringMatching(source)
			rapid.Check(t, func(t *rapid.T) {
				s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("aZ09_-+=/.@ \t\n\v\"\\{#}éΩ\u00a0\u2028😀\U0010ffff"))), near).Draw(t, "s")
				if got, want := p.match(s), whole.MatchString(s); got != want {
					t.Fatalf("%q: got %v, want %v", s, got, want)
				}
			})
		})
	}
}

func TestPatternsOfOneRepeatedClassBecomeTables(t *testing.T) {
	for source, want := range map[string]bool{
		`[\S]+`:                               true,
		`[\w-]+`:                              true,
		`[A-Za-z0-9-_=.]+`:                    true,
		`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`:        true,
		`^[a-zA-Z0-9_-]+$`:                    true,
		`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`:     true,
		`[\w-]+_[0-9a-zA-Z]+`:                 false,
		`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z])$`: false,
		`.*\{####\}.*`:                        false,
		`[ab]+|[cd]+`:                         false,
		`[ab]{2,}`:                            false,
	} {
		if got := newClass(source) != nil; got != want {
			t.Errorf("%s: got a table %v, want %v", source, got, want)
		}
	}
}

func TestClassKnowsTheEdgesOfItsRanges(t *testing.T) {
	c := newClass(`[b-d\x{100}-\x{110}\x{200}\x{1F600}-\x{1F602}]+`)
	for s, want := range map[string]bool{
		"": false, "a": false, "b": true, "d": true, "e": false,
		"\u00ff": false, "\u0100": true, "\u0108": true, "\u0110": true, "\u0111": false,
		"\u01ff": false, "\u0200": true, "\u0201": false,
		"\U0001f5ff": false, "\U0001f600": true, "\U0001f602": true, "\U0001f603": false, "\U0010ffff": false,
		"\u0100a": false, "b\u0100c": true, "\xff": false,
	} {
		if got := c.match(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

func TestAValueWithinItsLimitsPasses(t *testing.T) {
	for name, l := range map[string]*text{
		"client id": &limitsClientIdType, "password": &limitsPasswordType, "username": &limitsUsernameType,
		"attribute": &limitsAttributeNameType, "secret hash": &limitsSecretHashType, "domain": &limitsDomainType,
		"pool": &limitsUserPoolIdType, "device": &limitsDeviceKeyType, "session": &limitsSessionType,
		"arn": &limitsArnType, "message": &limitsSmsVerificationMessageType,
	} {
		t.Run(name, func(t *testing.T) {
			source := `.*`
			if l.pattern != nil {
				source = l.pattern.source
			}
			rapid.Check(t, func(t *rapid.T) {
				s := rapid.StringMatching(source).Draw(t, "s")
				n := utf8.RuneCountInString(s)
				want := n >= l.min && (l.max == 0 || n <= l.max)
				if got := l.allows(s); got != want {
					t.Fatalf("%q of %d characters, limits %d to %d: got %v, want %v", s, n, l.min, l.max, got, want)
				}
				if (len(l.broken(s)) == 0) != want {
					t.Fatalf("%q: broken says %v", s, l.broken(s))
				}
			})
		})
	}
}

func TestLengthIsCountedInCodePoints(t *testing.T) {
	l := text{min: 2, max: 3}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(0, 6, -1).Draw(t, "s")
		n := utf8.RuneCountInString(s)
		if got, want := l.allows(s), n >= 2 && n <= 3; got != want {
			t.Fatalf("%q: got %v, want %v", s, got, want)
		}
	})
}
