//! Words of the tags' pages.

use tidewire_words::texts;

texts! {
    TITLE = "Tags", "标签管理";
    COUNT = "{} of 100", "{} / 100";
    NEW = "New tag", "新建标签";
    NAME = "Tag", "标签";
    NAME_HINT = "1 to 20 characters without spaces. Everybody can use every tag.", "1～20 个字符，不含空格。所有用户都可使用全部标签";
    CREATE = "Create", "新建";
    PROJECTS = "Projects", "项目数";
    CREATOR = "Created by", "创建人";
    ACTIONS = "Actions", "操作";
    RENAME = "Rename", "修改";
    DELETE = "Delete", "删除";
    EMPTY = "No tag yet", "还没有标签";
    EMPTY_WHAT = "Tags group projects in the list: by team, by importance, by system.", "用标签为项目分组，例如按团队、重要程度或业务系统。";
    RENAME_TITLE = "Rename tag {}", "修改标签 {}";
    RENAME_USED = "Carried by {} project{s}, which will show the new name.", "{} 个项目正在使用该标签，将全部显示新名称。";
    DELETE_TITLE = "Delete tag {}?", "删除标签 {}？";
    DELETE_USED = "Carried by {} project{s}: it disappears there.", "{} 个项目正在使用该标签，删除后将从这些项目中移除。";
    DELETE_UNUSED = "No project carries it.", "没有项目使用该标签。";
    BACK = "Back", "返回";
}
