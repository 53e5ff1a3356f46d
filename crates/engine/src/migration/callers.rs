//! Who runs a root module, before the migration and after it.

use std::path::Path;

use ci::settings::RoleName;
use terraform::account::Account;

use crate::index::scopes::ProviderScope;
use crate::repo::Repo;

/// Who runs a root module: engineers by a permission set, or jobs by a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCaller {
    /// `sso` or `ci`; `cluster_creator` for who runs it before, as the EKS module calls that one's access entry.
    pub name: &'static str,
    /// The ARN of the role, with `<...>` for what neither the repository nor the configuration tells.
    pub arn: String,
}

impl NewCaller {
    /// The ARN as `aws-auth` wants it: without the path (page "Troubleshooting IAM" of EKS, "aws-auth
    /// ConfigMap does not grant access to the cluster").
    pub fn without_path(&self) -> String {
        match (self.arn.split_once(":role/"), self.arn.rsplit_once('/')) {
            (Some((account, _)), Some((_, name))) => format!("{account}:role/{name}"),
            _ => self.arn.clone(),
        }
    }
}

impl Repo {
    /// Who runs a root module until the migration: the role of its default provider configuration, or the
    /// user of the static keys.
    pub fn current_caller(&self, root: &Path) -> NewCaller {
        let mut providers = self.providers(ProviderScope::Module(root)).iter();
        let own = providers.find(|it| it.is_default());
        let default = own.or_else(|| self.generated_default(root));
        let arn = match default.filter(|it| it.role.is_some()) {
            Some(default) => {
                let arn = default.role_arn.as_deref();
                let arn = arn.filter(|it| it.starts_with("arn:") && !it.contains("${"));
                arn.unwrap_or("<ROLE_OF_THE_PROVIDER>").to_owned()
            }
            None => "<USER_OF_THE_STATIC_KEYS>".to_owned(),
        };
        NewCaller {
            name: "cluster_creator",
            arn,
        }
    }

    /// Who runs a root module after the migration.
    pub fn new_callers(&self, root: &Path) -> Vec<NewCaller> {
        let settings = self.settings();
        let account = self.account_of_root(root);
        let partition = match &account {
            Some(Account::Id(id)) => id.partition.clone(),
            _ => None,
        };
        let partition = partition.unwrap_or_else(|| "aws".to_owned());
        let id = account.as_ref().and_then(Account::id);
        let mut blocks = settings.accounts.iter();
        let block = blocks.find(|block| Some(block.id.as_str()) == id);
        let in_account = format!("arn:{partition}:iam::{}:role", id.unwrap_or("<ACCOUNT>"));
        let sso = settings.sso.as_ref();
        let set = block.and_then(|it| it.role_name.as_ref());
        let set = set.or(sso.map(|it| &it.role_name));
        let set = set.map_or("<PERMISSION_SET>", String::as_str);
        // Portals of us-east-1 have no region in the path (user guide of IAM Identity Center,
        // "Referencing permission sets in resource policies").
        let region = sso
            .map(|it| it.region.as_str())
            .filter(|it| *it != "us-east-1");
        let region = region.map_or(String::new(), |region| format!("{region}/"));
        let mut callers = vec![NewCaller {
            name: "sso",
            arn: format!(
                "{in_account}/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{set}_<HASH>"
            ),
        }];
        if !self.index().workflows.sources.is_empty() {
            let own = block.and_then(|it| it.ci_role.as_ref());
            let role: &RoleName = own.unwrap_or(&settings.ci.role);
            let arn = id.and_then(|id| self.arn_in(role, id));
            callers.push(NewCaller {
                name: "ci",
                arn: arn.unwrap_or_else(|| match role.role() {
                    Some(name) => format!("{in_account}/{name}"),
                    None => format!("{in_account}/<CI_ROLE>"),
                }),
            });
        }
        callers
    }
}
