package main

import (
	"slices"
	"strings"
	"unicode"
)

// People meet a policy of upper case, digit and symbol in few ways: a common
// word, its first letter raised, perhaps a letter or two swapped for their look-alikes,
// and at the end a count, a year, a ! or an @. Every published analysis of a leak
// finds these same habits, and every password sprayer begins with them. The tables
// below are those habits; compose is their product.

// words are the bases of the products.
var words = []string{
	"password", "welcome", "qwerty", "admin", "letmein", "changeme", "secret", "hello",
	"login", "test", "user", "guest", "company", "iloveyou", "dragon", "monkey",
	"football", "baseball", "master", "sunshine", "princess", "superman", "shadow",
	"michael", "charlie", "pokemon", "liverpool", "computer", "internet", "freedom",
}

// lookAlikes are words with letters swapped, as they are really written.
var lookAlikes = []string{
	"p@ssword", "p@ssw0rd", "passw0rd", "pa$$word", "pa$$w0rd", "p4ssw0rd",
	"w3lcome", "welc0me", "@dmin", "adm1n", "l3tmein", "s3cret", "ch@ngeme",
}

// dated are words that people put a year behind.
var dated = []string{
	"password", "p@ssw0rd", "welcome", "admin", "company", "qwerty", "hello",
	"spring", "summer", "autumn", "winter",
	"january", "february", "march", "april", "june", "july", "august",
	"september", "october", "november", "december",
}

var (
	endings = []string{
		"", "!", "1", "1!", "!1", "@1", "#1", "12", "12!", "@12", "123", "123!", "!123", "@123", "#123", "$123", "123@", "123#", "123$", "1234", "1234!", "@1234", "12345", "12345!", "123456", "123456!",
	}
	years       = []string{"2020", "2021", "2022", "2023", "2024", "2025", "2026"}
	yearEndings = []string{"", "!"}
	yearJoins   = []string{"", "@"}
)

// patterns are walks over the keyboard and other habits that no product makes.
var patterns = []string{
	"1qaz!QAZ", "1qaz@WSX", "!QAZ1qaz", "!QAZ2wsx", "1qaz2wsx!QAZ", "1qaz2WSX", "1qazXSW@", "zaq1@WSX", "Zaq12wsx", "ZAQ!2wsx",
	"Aa123456", "Aa123456!", "Aa@123456", "Aa12345!", "Aa1234567!", "Ab123456!", "Abc123!@#", "Abc1234!", "Abc12345", "Abc123456!", "Abc@1234", "Abcd1234", "Abcd1234!", "Abcd@1234", "Abcd123!", "A1b2c3d4", "A1b2c3d4!",
	"Asdf1234", "Asdf1234!", "Asdf@1234", "Asd123!@#", "Qwe123!@#", "Qwer1234", "Qwer1234!", "Qwer!234", "Qwert123!", "Qwerty1@", "Q1w2e3r4", "Q1w2e3r4!", "Q1w2e3r4t5!", "Zxcv1234!", "Zxcvbn123!", "Zxc123!@#",
	"P@55w0rd", "P@55word1", "P@$$w0rd", "P@$$w0rd1", "P@$$word1", "Pa55w0rd", "Pa55word!", "Pass123!", "Pass@123", "Pass1234!", "Pass@1234", "Passw@rd1", "Password1@", "Pwd12345!", "Root@123", "Root1234!", "Temp1234!", "Temp@123", "Demo1234!", "Demo@123", "India@123", "Trustno1!", "Hunter2!", "Iloveyou2!", "Il0veyou!", "Test123!@#", "Admin123!@#", "Admin!@#123", "Welcome123$", "Letmein1!",
}

// compose makes, sorted and once each, the passwords that the habits give and
// that a policy would let pass; the rest need no list, the policy stops them.
func compose() []string {
	all := slices.Clone(patterns)
	for _, word := range append(slices.Clone(words), lookAlikes...) {
		for _, end := range endings {
			all = append(all, raise(word)+end)
		}
	}
	for _, word := range dated {
		for _, year := range years {
			for _, join := range yearJoins {
				for _, end := range yearEndings {
					all = append(all, raise(word)+join+year+end)
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(p string) bool { return !passesPolicy(p) })
	slices.Sort(all)
	return slices.Compact(all)
}

// raise makes the first letter upper case, and leaves a first symbol: @dmin becomes @Dmin.
func raise(word string) string {
	i := strings.IndexFunc(word, unicode.IsLetter)
	return word[:i] + strings.ToUpper(word[i:i+1]) + word[i+1:]
}

// passesPolicy asks what common policies ask: 8 characters, of at least three of the four classes.
func passesPolicy(p string) bool {
	var lower, upper, digit, symbol int
	for _, r := range p {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			symbol = 1
		}
	}
	return len(p) >= 8 && lower+upper+digit+symbol >= 3
}
