package cognito

import (
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// enabledMFA is UserMFASettingList.
func enabledMFA(u *model.User) []string {
	var list []string
	for _, f := range u.MFA.Enabled {
		list = append(list, string(f))
	}
	return list
}

func preferredMFA(u *model.User) *string {
	if u.MFA.Preferred == "" {
		return nil
	}
	return new(string(u.MFA.Preferred))
}

// mfaOptions is the list from before there were other factors than SMS, which
// is all that it tells of.
func mfaOptions(u *model.User) []shape.MFAOptionType {
	if !u.MFA.Has(model.FactorSMS) {
		return nil
	}
	return []shape.MFAOptionType{{
		DeliveryMedium: new(shape.DeliveryMediumTypeSms), AttributeName: new(model.FactorSMS.Address()),
	}}
}
